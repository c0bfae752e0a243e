// Which shared objects of a process could have opened files behind the back of its interpreter.
//
// Where no shim watches (a notebook, a plain `python train.py`), the interpreter tells what it
// opens itself; what is left are C libraries. One that calls no function that opens files cannot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::trace {

// `image` is the content of a 64-bit ELF file. True for what is none or cannot be understood.
bool calls_openers(std::string_view image);

// The names of those of `paths` (absolute, of mapped files) that could have read data: not the
// interpreter itself, nor the system's libraries that read their own configuration only.
std::vector<std::string> find_openers(const std::vector<std::string>& paths);

}  // namespace cairn::trace
