// Compiled with client's include folders: must fail, the store is no room of a guest.
#include "store/store.h"
