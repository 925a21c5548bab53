"""A Rekognition-compatible DetectLabels over a local detector."""
