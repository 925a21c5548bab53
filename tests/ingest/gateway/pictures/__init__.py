"""`test_device_pictures` and ../test_camera_pool's push cameras cover `pictures` and `picture_source`."""
