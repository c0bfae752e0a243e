// Notices: lines for the user, shown on Python's own stderr by a thread that may do so.
//
// A guest warns from any thread, its background thread included, which must never wait for the GIL.
// So a line is put on a lock-free list (safe across fork) and shown by the interpreter soon after.
#pragma once

#include <string>
#include <string_view>

namespace cairn::python {

// Any thread, with or without the GIL.
void post_notice(std::string_view line);
// Shows at once what was posted. Needs the GIL.
void show_notices();
// Switches showing off (and on again). Needs the GIL.
void silence_notices(bool silent);

}  // namespace cairn::python
