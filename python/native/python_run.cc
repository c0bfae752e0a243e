// PythonRun: from Python dicts to rows and records.
#include "python_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/limits.h"
#include "model/energy.h"
#include "notices.h"
#include "python_value.h"

namespace nb = nanobind;

namespace cairn::python {
namespace {

using model::Value;

constexpr size_t kTopicsMax = 1000;  // notices about different things

[[noreturn]] void raise(const Error& error) {
  const nb::object make = nb::module_::import_("cairn.errors").attr("from_code");
  const std::string_view code = print_code(error.code());
  const std::string& message = error.message();
  const nb::object raised =
      make(nb::str(code.data(), code.size()), nb::str(message.data(), message.size()));
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised.ptr())), raised.ptr());
  throw nb::python_error();
}

std::string text_in(const Value& options, std::string_view key) {
  const Value* member = options.find(key);
  return member ? std::string(member->string_or("")) : std::string();
}

std::vector<std::string> texts_in(const Value& options, std::string_view key) {
  std::vector<std::string> texts;
  const Value* member = options.find(key);
  if (const model::List* list = member ? member->as_list() : nullptr)
    for (const Value& item : *list) texts.emplace_back(item.string_or(""));
  return texts;
}

client::Resume resume_in(const Value& options) {
  const std::string resume = text_in(options, "resume");
  if (resume == "allow") return client::Resume::kAllow;
  if (resume == "must") return client::Resume::kMust;
  if (resume == "never") return client::Resume::kNever;
  return client::Resume::kNew;
}

client::RunOptions options_of(const Value& given) {
  client::RunOptions options;
  options.dir = text_in(given, "dir");
  options.url = text_in(given, "url");
  if (const Value* deliver = given.find("deliver")) options.deliver = deliver->number_or(1) != 0;
  options.project = text_in(given, "project");
  options.id = text_in(given, "id");
  options.name = text_in(given, "name");
  options.resume = resume_in(given);
  options.tags = texts_in(given, "tags");
  options.notes = text_in(given, "notes");
  options.group = text_in(given, "group");
  options.job_type = text_in(given, "job_type");
  if (const Value* config = given.find("config")) options.config = *config;
  if (const Value* step = given.find("next_step")) options.next_step = step->int_or(0);
  if (const Value* period = given.find("sample_period_s"))
    options.sample_period_s = period->number_or(options.sample_period_s);
  if (const Value* capture = given.find("capture")) options.capture = capture->number_or(1) != 0;
  options.argv = texts_in(given, "argv");
  options.entry = text_in(given, "entry");
  options.package_folders = texts_in(given, "package_folders");
  options.warn = [](const std::string& line) { post_notice(line); };
  return options;
}

std::string type_of(nb::handle object) { return Py_TYPE(object.ptr())->tp_name; }

// Calls `body`; a Python exception becomes its text, so that nothing reaches the training loop.
template <typename Body>
std::optional<std::string> guarded(const Body& body) {
  try {
    body();
    return std::nullopt;
  } catch (nb::python_error& error) {
    error.restore();
    return take_python_error();
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

void PythonRun::Row::clear() {
  keys.clear();
  values.clear();
  unread.clear();
  held.clear();
}

void PythonRun::Row::hold() {
  for (PyObject* key : keys) held.push_back(nb::borrow(key));
}

void PythonRun::Row::add(nb::object key, double value) {
  keys.push_back(key.ptr());
  values.push_back(value);
  held.push_back(std::move(key));
}

PythonRun::PythonRun(nb::handle options, nb::object plain, bool counts)
    : x_plain(std::move(plain)) {
  if (options.is_none()) {
    x_run = client::Run::disabled();
    if (counts) x_unkept.emplace();
    return;
  }
  client::RunOptions given = options_of(value_of(options));
  auto opened = [&] {
    nb::gil_scoped_release release;
    return client::Run::open(std::move(given));
  }();
  show_notices();
  if (!opened) raise(opened.error());
  x_run = std::move(*opened);
}

Value PythonRun::value_of(nb::handle object) const { return python::value_of(object, x_plain); }

void PythonRun::log(nb::handle self, nb::handle data, nb::handle step, nb::handle commit) {
  if (x_finished) [[unlikely]]
    return count_loss("rows", 1, "finished", "log() after finish() is ignored");
  if (x_run->is_disabled()) [[unlikely]] {
    if (x_unkept) ++(*x_unkept)["rows"];
    return;
  }
  const bool advance = commit.is_none() || PyObject_IsTrue(commit.ptr()) == 1;
  const auto failure = guarded([&] {
    if (PyDict_Check(data.ptr())) return log_dict(self, data, step, advance);
    const nb::object dict = x_plain(data);
    if (PyDict_Check(dict.ptr())) return log_dict(self, dict, step, advance);
    count_loss("rows", 1, "row",
               fmt::format("log() expected a dict of keys and values, found {}", type_of(data)));
  });
  if (failure) [[unlikely]]
    count_loss("rows", 1, "log", "log() could not keep a row: " + *failure);
}

void PythonRun::log_dict(nb::handle self, nb::handle data, nb::handle step, bool advance) {
  Row row = std::move(x_row);  // a value's own __float__ may call log() again
  row.clear();
  read_exact(data, row);
  model::Object records;
  if (!row.unread.empty()) read_unread(self, row, records);
  const std::optional<int64_t> at = step.is_none() ? std::nullopt : read_step(step);
  write(row, std::move(records), at, advance);
  row.clear();
  x_row = std::move(row);
}

// Runs no Python code, so the dict cannot change and its keys and values need not be held.
void PythonRun::read_exact(nb::handle dict, Row& row) const {
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict.ptr(), &position, &key, &value)) {
    double number;
    if (PyFloat_Check(value)) {
      number = PyFloat_AS_DOUBLE(value);
    } else if (PyLong_Check(value)) {  // bool is an int
      number = PyLong_AsDouble(value);
      if (number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();
        row.unread.emplace_back(nb::borrow(key), nb::borrow(value));
        continue;
      }
    } else {
      row.unread.emplace_back(nb::borrow(key), nb::borrow(value));
      continue;
    }
    if (!PyUnicode_Check(key)) [[unlikely]] {
      row.unread.emplace_back(nb::borrow(key), nb::borrow(value));
      continue;
    }
    row.keys.push_back(key);
    row.values.push_back(number);
  }
}

// Everything that is no float and no int: numbers of other libraries, nested dicts, media.
void PythonRun::read_unread(nb::handle self, Row& row, model::Object& records) {
  row.hold();
  nb::dict odd;
  auto unread = std::move(row.unread);
  row.unread.clear();
  for (auto& [key, value] : unread) {
    double number;
    nb::object name = PyUnicode_Check(key.ptr()) ? key : nb::str(key);
    if (PyDict_CheckExact(value.ptr()))
      flatten(value, name, row, odd, 1);
    else if (read_number(value, number))
      row.add(std::move(name), number);
    else
      odd[name] = value;
  }
  if (odd.empty()) return;
  const auto taken = nb::cast<nb::tuple>(self.attr("_take")(odd));
  for (auto [key, value] : nb::cast<nb::dict>(taken[0]))
    row.add(nb::borrow(key), PyFloat_AsDouble(value.ptr()));
  for (auto [key, value] : nb::cast<nb::dict>(taken[1]))
    records.emplace_back(text_of(key), value_of(value));
}

// {"train": {"loss": 1}} is logged as "train.loss".
void PythonRun::flatten(nb::handle dict, nb::handle prefix, Row& row, nb::dict& odd, int depth) {
  const nb::object copy = nb::steal(PyDict_Copy(dict.ptr()));
  if (!copy) nb::raise_python_error();
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(copy.ptr(), &position, &key, &value)) {
    nb::object name = nb::steal(PyUnicode_FromFormat("%S.%S", prefix.ptr(), key));
    if (!name) nb::raise_python_error();
    double number;
    if (PyDict_CheckExact(value) && depth < kValueDepthMax)
      flatten(value, name, row, odd, depth + 1);
    else if (read_number(value, number))
      row.add(std::move(name), number);
    else
      odd[name] = nb::handle(value);
  }
}

// Anything that says it is one number: NumPy scalars, 0-d arrays and tensors, Decimal, Fraction.
bool PythonRun::read_number(nb::handle value, double& number) const {
  const PyNumberMethods* methods = Py_TYPE(value.ptr())->tp_as_number;
  if (!methods || (!methods->nb_float && !methods->nb_index)) return false;
  if (!PyFloat_Check(value.ptr()) && !PyLong_Check(value.ptr())) {
    // An array of one number converts too, with a DeprecationWarning; those are read in Python.
    const nb::object dimensions = nb::getattr(value, "ndim", nb::none());
    if (!dimensions.is_none() && PyLong_Check(dimensions.ptr()) &&
        PyLong_AsLong(dimensions.ptr()) != 0)
      return false;
  }
  number = PyFloat_AsDouble(value.ptr());
  if (number == -1.0 && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_Exception)) nb::raise_python_error();
    PyErr_Clear();
    return false;
  }
  return true;
}

// A whole number from 0 to 2^53, of whatever type. Anything else loses its step, not its row.
std::optional<int64_t> PythonRun::read_step(nb::handle step) {
  nb::object whole = nb::steal(PyNumber_Index(step.ptr()));
  if (!whole) {
    if (!PyErr_ExceptionMatches(PyExc_Exception)) nb::raise_python_error();
    PyErr_Clear();
    double number;
    if (read_number(step, number) && std::floor(number) == number && std::abs(number) <= kStepMax)
      whole = nb::int_(static_cast<int64_t>(number));
  }
  int overflow = 0;
  const long long value = whole ? PyLong_AsLongLongAndOverflow(whole.ptr(), &overflow) : -1;
  if (overflow == 0 && value >= 0 && value <= kStepMax) return value;
  count_loss(
      "steps", 1, "step",
      fmt::format("log() expected as step a whole number from 0 to 2^53, found {}; the row is "
                  "kept with the next automatic step",
                  text_of(step).substr(0, 100)));
  return std::nullopt;
}

// Numbers and records of one call share a step: nothing of Python runs between them, so no other
// thread's row can take the step in the meantime.
void PythonRun::write(const Row& row, model::Object&& records, std::optional<int64_t> step,
                      bool advance) {
  ++x_calls;
  if (!row.keys.empty() || records.empty()) write_row(row, step, advance && records.empty());
  for (size_t i = 0; i < records.size(); ++i) {
    const bool last = i + 1 == records.size();
    x_run->log_record(records[i].first, std::move(records[i].second), step, advance && last);
  }
}

void PythonRun::write_row(const Row& row, std::optional<int64_t> step, bool advance) {
  if (Layout* layout = find_layout(row)) {
    layout->used = x_calls;
    layout->last = row.values;
    x_run->log(layout->shape, row.values, step, advance);
    return;
  }
  std::vector<std::pair<std::string_view, double>> named;
  std::vector<std::string_view> names;
  std::vector<std::string> escaped;  // keys that are no plain UTF-8
  escaped.reserve(row.keys.size());
  bool within_limits = true;
  for (size_t i = 0; i < row.keys.size(); ++i) {
    Py_ssize_t size = 0;
    const char* utf8 = PyUnicode_AsUTF8AndSize(row.keys[i], &size);
    if (!utf8) PyErr_Clear();
    const std::string_view name = utf8 ? std::string_view(utf8, static_cast<size_t>(size))
                                       : escaped.emplace_back(text_of(row.keys[i]));
    within_limits = within_limits && !name.empty() && name.size() <= kKeyBytesMax;
    names.push_back(name);
    named.emplace_back(name, row.values[i]);
  }
  within_limits = within_limits && !names.empty() && names.size() <= kKeysPerRowMax;
  if (const client::Shape* shape = within_limits ? x_run->shape(names) : nullptr) {
    const Layout& layout = take_layout(row, shape);
    x_run->log(layout.shape, layout.last, step, advance);
    return;
  }
  for (const auto& [name, value] : named) x_last[std::string(name)] = {x_calls, value};
  x_run->log(named, step, advance);
}

PythonRun::Layout* PythonRun::find_layout(const Row& row) {
  const auto same = [&](const Layout& layout) {
    return layout.shape && layout.keys.size() == row.keys.size() &&
           std::equal(row.keys.begin(), row.keys.end(), layout.keys.begin(),
                      [](PyObject* a, const nb::object& b) { return a == b.ptr(); });
  };
  if (same(x_layouts[x_recent])) [[likely]]
    return &x_layouts[x_recent];
  for (size_t i = 0; i < x_layouts.size(); ++i) {
    if (!same(x_layouts[i])) continue;
    x_recent = i;
    return &x_layouts[i];
  }
  return nullptr;
}

// Keys made anew for every call ("f-strings") find their layout by its shape; otherwise the layout
// that was not used for longest makes room.
PythonRun::Layout& PythonRun::take_layout(const Row& row, const client::Shape* shape) {
  auto chosen = std::find_if(x_layouts.begin(), x_layouts.end(),
                             [&](const Layout& layout) { return layout.shape == shape; });
  if (chosen == x_layouts.end()) {
    chosen = std::min_element(x_layouts.begin(), x_layouts.end(),
                              [](const Layout& a, const Layout& b) { return a.used < b.used; });
    for (size_t i = 0; i < chosen->keys.size(); ++i)
      x_last[text_of(chosen->keys[i])] = {chosen->used, chosen->last[i]};
  }
  chosen->keys.clear();
  for (PyObject* key : row.keys) chosen->keys.push_back(nb::borrow(key));
  chosen->shape = shape;
  chosen->last = row.values;
  chosen->used = x_calls;
  x_recent = static_cast<size_t>(chosen - x_layouts.begin());
  return *chosen;
}

nb::dict PythonRun::last_values() const {
  auto last = x_last;
  for (const Layout& layout : x_layouts) {
    for (size_t i = 0; i < layout.keys.size(); ++i) {
      auto& entry = last[text_of(layout.keys[i])];
      if (entry.first <= layout.used) entry = {layout.used, layout.last[i]};
    }
  }
  nb::dict values;
  for (const auto& [key, entry] : last) values[nb::str(key.data(), key.size())] = entry.second;
  return values;
}

void PythonRun::update_config(nb::handle change) { x_run->update_config(value_of(change)); }
void PythonRun::update_summary(nb::handle change) { x_run->update_summary(value_of(change)); }
void PythonRun::set_attributes(nb::handle change) { x_run->set_attributes(value_of(change)); }
void PythonRun::add_capture(nb::handle facts) { x_run->add_capture(value_of(facts)); }
void PythonRun::log_artifact(nb::handle artifact) { x_run->log_artifact(value_of(artifact)); }

void PythonRun::define_metric(nb::handle name, nb::handle definition) {
  x_run->define_metric(text_of(name), value_of(definition));
}

void PythonRun::console(int stream, nb::handle text) {
  if (!x_finished) x_run->console(stream, text_of(text));
}

nb::object PythonRun::put_file(nb::handle path) {
  const std::string name = text_of(path);
  auto kept = [&] {
    nb::gil_scoped_release release;
    return x_run->put_file(name);
  }();
  if (!kept) raise(kept.error());
  return python_of(*kept);
}

nb::object PythonRun::put_bytes(nb::handle content) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(content.ptr(), &data, &size) != 0) nb::raise_python_error();
  auto kept = [&] {
    nb::gil_scoped_release release;
    return x_run->put_bytes({data, static_cast<size_t>(size)});
  }();
  if (!kept) raise(kept.error());
  return python_of(*kept);
}

void PythonRun::sync() {
  auto synced = [&] {
    nb::gil_scoped_release release;
    return x_run->sync();
  }();
  if (!synced) raise(synced.error());
}

void PythonRun::count_loss(std::string_view what, uint64_t count, std::string_view topic,
                           std::string_view sentence) {
  if (x_unkept) (*x_unkept)[std::string(what)] += count;
  if (!x_finished) x_run->count_loss(what, count);
  if (x_noticed.contains(topic) || x_noticed.size() >= kTopicsMax) return;
  x_noticed.emplace(topic);
  post_notice(sentence);
}

nb::object PythonRun::losses() const {
  if (!x_unkept) return python_of(x_run->losses());
  nb::dict counts;
  for (const auto& [what, count] : *x_unkept) counts[what.c_str()] = count;
  return counts;
}

nb::object PythonRun::energy_record() const {
  const auto record = [&] {
    const nb::gil_scoped_release release;  // a sensor may take its time
    return x_run->energy();
  }();
  return record ? python_of(model::to_value(*record)) : nb::none();
}

void PythonRun::finish(int exit_code, nb::handle reason) {
  if (x_finished) return;
  x_finished = true;
  const std::string why = reason.is_none() ? std::string() : text_of(reason);
  {
    nb::gil_scoped_release release;
    x_run->finish(exit_code, why);
  }
  show_notices();
}

}  // namespace cairn::python
