// The one place in which stb's code is compiled; everyone else includes its headers only.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>
