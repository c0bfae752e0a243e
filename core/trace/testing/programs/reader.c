// A C library that reads a file, as an image or table library does.
#include <stdio.h>

int read_first_byte(const char* path);

int read_first_byte(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return -1;
  const int byte = fgetc(file);
  fclose(file);
  return byte;
}
