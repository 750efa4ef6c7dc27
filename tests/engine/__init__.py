"""The build engine beside stock Invoke: every trap of the one, shown mended by the other."""
