// Only the home of the precompiled vocabulary header.
