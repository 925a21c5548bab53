"""The tests of the services cover `errors`, `listening`, `running` and `threaded_app`.

`../aws/test_auth_middleware` covers `signature_v2`, with URLs that boto3 presigned.
"""
