"""ListFragments, GetMedia and GetMediaForFragmentList: lists and reads stored fragments."""
