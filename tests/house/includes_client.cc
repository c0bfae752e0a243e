// Compiled with client's include folders: its own header and those of its DEPS are found.
#include "client/run.h"
#include "journal/journal.h"
