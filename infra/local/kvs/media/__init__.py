"""GetMedia and GetMediaForFragmentList: stored fragments out, as documents."""
