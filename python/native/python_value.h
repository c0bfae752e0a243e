// Python objects ↔ model::Value, and text as UTF-8 whatever Python made of it.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "model/value.h"

namespace cairn::python {

// Text of any object: a str as it is (lone surrogates escaped), anything else as str(object).
std::string text_of(nanobind::handle object);

// None, bool, int, float, str, dict, list, tuple, set and numbers of other libraries are taken
// here; `plain`, a Python function, makes one of these of everything else. Throws
// nanobind::python_error only for what no program should catch (KeyboardInterrupt); an object that
// cannot be read becomes text that says so.
model::Value value_of(nanobind::handle object, nanobind::handle plain, int depth = 0);

nanobind::object python_of(const model::Value& value);

// Clears the Python error that is set and returns "ValueError: text"; throws it again when it is
// not an Exception (KeyboardInterrupt, SystemExit).
std::string take_python_error();

}  // namespace cairn::python
