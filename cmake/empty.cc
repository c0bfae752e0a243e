// A room without sources of its own still is a library: this is its only file.
