// Notices: the list of posted lines and the interpreter call that shows them.
#include "notices.h"

#include <nanobind/nanobind.h>

#include <atomic>
#include <memory>
#include <string>

namespace nb = nanobind;

namespace cairn::python {
namespace {

struct Notice {
  std::string line;
  Notice* next = nullptr;
};

std::atomic<Notice*> posted{nullptr};  // newest first
bool silenced = false;                 // guarded by the GIL

int show_from_interpreter(void*) {
  show_notices();
  return 0;
}

void show(const std::string& line) {
  PyObject* raised_type = nullptr;
  PyObject* raised = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&raised_type, &raised, &traceback);
  PySys_FormatStderr("cairn: %s\n", line.c_str());
  PyErr_Restore(raised_type, raised, traceback);
}

}  // namespace

void post_notice(std::string_view line) {
  auto* notice = new Notice{std::string(line), posted.load(std::memory_order_relaxed)};
  while (!posted.compare_exchange_weak(notice->next, notice, std::memory_order_release,
                                       std::memory_order_relaxed)) {
  }
  // When the interpreter's short queue is full, the call already in it shows this line too.
  Py_AddPendingCall(show_from_interpreter, nullptr);
}

void show_notices() {
  Notice* newest = posted.exchange(nullptr, std::memory_order_acquire);
  Notice* oldest = nullptr;
  while (newest) {
    Notice* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest) {
    std::unique_ptr<Notice> notice(oldest);
    oldest = notice->next;
    if (!silenced) show(notice->line);
  }
}

void silence_notices(bool silent) {
  show_notices();
  silenced = silent;
}

}  // namespace cairn::python
