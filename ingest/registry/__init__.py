"""What a camera is, and when it is counted: the camera registry and the rules that every hop shares."""
