// PythonRun: a client::Run that takes Python dicts; what `cairn.Run` inherits from.
//
// Owned by its Python object. Every method is called with the GIL held, which also guards its
// state; the GIL is released only where a disk may be waited for: opening, put_*, sync and finish.
// Nothing but construction raises, save what no program should catch (KeyboardInterrupt). What
// survives a crash is the client's promise: every row whose log() has returned.
#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "client/run.h"
#include "model/value.h"

namespace cairn::python {

class PythonRun {
 public:
  // Without options: a run that keeps nothing, and counts what it is given if `counts`. Throws the
  // exception of cairn.errors that fits.
  PythonRun(nanobind::handle options, nanobind::object plain, bool counts);

  const client::Run& run() const { return *x_run; }

  // One row: numbers by the fast path; what is none is handed to `self._take(odd)`, which answers
  // ({key: number}, {key: record}).
  void log(nanobind::handle self, nanobind::handle data, nanobind::handle step,
           nanobind::handle commit);
  // The last value of every key logged so far, as a dict.
  nanobind::dict last_values() const;

  void update_config(nanobind::handle change);
  void update_summary(nanobind::handle change);
  void set_attributes(nanobind::handle change);
  void add_capture(nanobind::handle facts);
  void define_metric(nanobind::handle name, nanobind::handle definition);
  void console(int stream, nanobind::handle text);
  void log_artifact(nanobind::handle artifact);

  // {"sha256", "bytes"}. Throw the exception of cairn.errors that fits.
  nanobind::object put_file(nanobind::handle path);
  nanobind::object put_bytes(nanobind::handle content);
  void sync();

  // One notice per `topic`; the loss is counted every time.
  void count_loss(std::string_view what, uint64_t count, std::string_view topic,
                  std::string_view sentence);
  nanobind::object losses() const;
  // What was measured so far, see model::EnergyRecord; None when energy is not watched.
  nanobind::object energy_record() const;
  void finish(int exit_code, nanobind::handle reason);

 private:
  // The columns of rows seen before: comparing key pointers is enough, since the layout holds them.
  struct Layout {
    std::vector<nanobind::object> keys;
    const client::Shape* shape = nullptr;
    std::vector<double> last;
    uint64_t used = 0;  // the call that used it last
  };
  // One log() call taken apart. Keys are borrowed until hold() is called.
  struct Row {
    std::vector<PyObject*> keys;
    std::vector<double> values;
    std::vector<std::pair<nanobind::object, nanobind::object>> unread;
    std::vector<nanobind::object> held;
    void clear();
    void hold();
    void add(nanobind::object key, double value);
  };

  void log_dict(nanobind::handle self, nanobind::handle data, nanobind::handle step, bool advance);
  void read_exact(nanobind::handle dict, Row& row) const;
  void read_unread(nanobind::handle self, Row& row, model::Object& records);
  void flatten(nanobind::handle dict, nanobind::handle prefix, Row& row, nanobind::dict& odd,
               int depth);
  bool read_number(nanobind::handle value, double& number) const;
  std::optional<int64_t> read_step(nanobind::handle step);
  void write(const Row& row, model::Object&& records, std::optional<int64_t> step, bool advance);
  void write_row(const Row& row, std::optional<int64_t> step, bool advance);
  Layout* find_layout(const Row& row);
  Layout& take_layout(const Row& row, const client::Shape* shape);
  model::Value value_of(nanobind::handle object) const;

  std::unique_ptr<client::Run> x_run;
  nanobind::object x_plain;
  Row x_row;  // kept between calls for its memory
  std::array<Layout, 8> x_layouts;
  size_t x_recent = 0;  // index of the layout used last
  uint64_t x_calls = 0;
  std::unordered_map<std::string, std::pair<uint64_t, double>> x_last;  // of layouts given up
  std::set<std::string, std::less<>> x_noticed;
  std::optional<std::map<std::string, uint64_t, std::less<>>>
      x_unkept;  // of a run without a folder
  bool x_finished = false;
};

}  // namespace cairn::python
