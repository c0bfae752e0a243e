// The module cairn._native: the guest's run, bound to Python. Signatures are in cairn/_native.pyi.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "base/id.h"
#include "client/run.h"
#include "notices.h"
#include "python_meter.h"
#include "python_run.h"

namespace nb = nanobind;
using cairn::python::PythonMeter;
using cairn::python::PythonRun;

NB_MODULE(_native, m) {
  // A run lives as long as the interpreter when the program forgets it; that is no leak to report.
  nb::set_leak_warnings(false);

  nb::class_<PythonRun>(m, "Run", nb::is_weak_referenceable())
      .def(nb::init<nb::handle, nb::object, bool>(), nb::arg("options").none(), nb::arg("plain"),
           nb::arg("counts") = false)
      .def_prop_ro("id", [](const PythonRun& r) { return r.run().id(); })
      .def_prop_ro("_name", [](const PythonRun& r) { return r.run().name(); })
      .def_prop_ro("project", [](const PythonRun& r) { return r.run().project(); })
      .def_prop_ro("store_dir", [](const PythonRun& r) { return r.run().dir(); })
      .def_prop_ro("server", [](const PythonRun& r) { return r.run().url(); })
      .def_prop_ro("session", [](const PythonRun& r) { return r.run().session(); })
      .def_prop_ro("disabled", [](const PythonRun& r) { return r.run().is_disabled(); })
      .def_prop_ro("step", [](const PythonRun& r) { return r.run().next_step(); })
      .def(
          "log",
          [](nb::handle self, nb::handle data, nb::handle step, nb::handle commit, nb::handle) {
            nb::inst_ptr<PythonRun>(self)->log(self, data, step, commit);
          },
          nb::arg("data").none(), nb::arg("step").none() = nb::none(),
          nb::arg("commit").none() = nb::none(), nb::arg("sync").none() = nb::none())
      .def("_last_values", &PythonRun::last_values)
      .def("_update_config", &PythonRun::update_config)
      .def("_update_summary", &PythonRun::update_summary)
      .def("_set_attributes", &PythonRun::set_attributes)
      .def("_add_capture", &PythonRun::add_capture)
      .def("_define_metric", &PythonRun::define_metric)
      .def("_console", &PythonRun::console)
      .def("_log_artifact", &PythonRun::log_artifact)
      .def("_put_file", &PythonRun::put_file)
      .def("_put_bytes", &PythonRun::put_bytes)
      .def("sync", &PythonRun::sync)
      .def("_count_loss", &PythonRun::count_loss, nb::arg("what"), nb::arg("count"),
           nb::arg("topic"), nb::arg("sentence"))
      .def("losses", &PythonRun::losses)
      .def("energy_record", &PythonRun::energy_record)
      .def("_finish", &PythonRun::finish, nb::arg("exit_code"), nb::arg("reason").none());

  nb::class_<PythonMeter>(m, "EnergyMeter")
      .def(nb::init<>())
      .def("tick", &PythonMeter::tick)
      .def("close", &PythonMeter::close);

  m.def("find_store_dir", &cairn::client::find_store_dir, nb::arg("dir"), nb::arg("cwd"));
  m.def("is_safe_name", &cairn::is_safe_name, nb::arg("text"));
  m.def("make_id", [] { return cairn::make_id(); });
  m.def("post_notice", &cairn::python::post_notice, nb::arg("line"));
  m.def("show_notices", &cairn::python::show_notices);
  m.def("silence_notices", &cairn::python::silence_notices, nb::arg("silent"));
}
