// Python objects ↔ model::Value.
#include "python_value.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "base/limits.h"

namespace nb = nanobind;

namespace cairn::python {
namespace {

std::string bytes_of(nb::handle bytes) {
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

// Integers beyond 64 bits are kept as their digits: a float would be another number.
model::Value int_of(nb::handle object) {
  int overflow = 0;
  long long value = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  if (overflow != 0) return text_of(object);
  return static_cast<int64_t>(value);
}

model::Value object_of(nb::handle dict, nb::handle plain, int depth) {
  model::Object members;
  // A copy, because reading a value may run Python code that changes the dict.
  nb::object copy = nb::steal(PyDict_Copy(dict.ptr()));
  if (!copy) nb::raise_python_error();
  members.reserve(static_cast<size_t>(PyDict_GET_SIZE(copy.ptr())));
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(copy.ptr(), &position, &key, &value))
    members.emplace_back(text_of(key), value_of(value, plain, depth + 1));
  return members;
}

model::Value list_of(nb::handle iterable, nb::handle plain, int depth) {
  nb::object items = nb::steal(PySequence_List(iterable.ptr()));
  if (!items) nb::raise_python_error();
  model::List list;
  list.reserve(static_cast<size_t>(PyList_GET_SIZE(items.ptr())));
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.ptr()); ++i)
    list.push_back(value_of(PyList_GET_ITEM(items.ptr(), i), plain, depth + 1));
  return list;
}

bool is_list_like(nb::handle object) {
  return PyList_Check(object.ptr()) || PyTuple_Check(object.ptr()) || PyAnySet_Check(object.ptr());
}

}  // namespace

std::string text_of(nb::handle object) {
  nb::object text = nb::borrow(object);
  if (!PyUnicode_Check(text.ptr())) {
    text = nb::steal(PyObject_Str(text.ptr()));
    if (!text) return "<" + take_python_error() + ">";
  }
  Py_ssize_t size = 0;
  if (const char* utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &size))
    return {utf8, static_cast<size_t>(size)};
  PyErr_Clear();
  nb::object bytes = nb::steal(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
  if (!bytes) return "<" + take_python_error() + ">";
  return bytes_of(bytes);
}

model::Value value_of(nb::handle object, nb::handle plain, int depth) {
  PyObject* p = object.ptr();
  if (p == Py_None) return nullptr;
  if (PyBool_Check(p)) return p == Py_True;
  if (PyLong_Check(p)) return int_of(object);
  if (PyFloat_Check(p)) return PyFloat_AS_DOUBLE(p);
  if (PyUnicode_Check(p)) return text_of(object);
  if (depth >= kValueDepthMax) return "<nested deeper than " + std::to_string(depth) + " levels>";
  try {
    if (PyDict_Check(p)) return object_of(object, plain, depth);
    if (is_list_like(object)) return list_of(object, plain, depth);
    nb::object plainer = plain(object);
    if (plainer.is(object)) return text_of(object);
    return value_of(plainer, plain, depth + 1);
  } catch (nb::python_error& error) {
    error.restore();
    return "<" + take_python_error() + ">";
  }
}

nb::object python_of(const model::Value& value) {
  if (const bool* v = value.as_bool()) return nb::bool_(*v);
  if (const int64_t* v = value.as_int()) return nb::int_(*v);
  if (const double* v = value.as_double()) return nb::float_(*v);
  if (const std::string* v = value.as_string()) return nb::str(v->data(), v->size());
  if (const model::List* v = value.as_list()) {
    nb::list list;
    for (const model::Value& item : *v) list.append(python_of(item));
    return list;
  }
  if (const model::Object* v = value.as_object()) {
    nb::dict dict;
    for (const auto& [key, member] : *v) dict[nb::str(key.data(), key.size())] = python_of(member);
    return dict;
  }
  return nb::none();
}

std::string take_python_error() {
  if (!PyErr_ExceptionMatches(PyExc_Exception)) nb::raise_python_error();
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  nb::object held_type = nb::steal(type), held = nb::steal(value),
             held_trace = nb::steal(traceback);
  std::string name = reinterpret_cast<PyTypeObject*>(type)->tp_name;
  nb::object text = nb::steal(held ? PyObject_Str(value) : nullptr);
  if (!text) PyErr_Clear();
  return text ? name + ": " + text_of(text) : name;
}

}  // namespace cairn::python
