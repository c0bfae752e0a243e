// Finding libcurl on the machine.
#include "http/libcurl.h"

#include <dlfcn.h>
#include <pthread.h>

#include <mutex>
#include <optional>

namespace cairn::http {
namespace {

constexpr long kGlobalDefault = 3;  // TLS too

// Debian names the build on GnuTLS apart; either does.
constexpr const char* kNames[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

template <typename Function>
void find(void* library, Function& function, const char* symbol) {
  function = reinterpret_cast<Function>(::dlsym(library, symbol));
}

std::optional<Libcurl> load() {
  for (const char* name : kNames) {
    // Not unloaded: it keeps memory of its own for every thread that used it.
    void* const library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) continue;
    Libcurl curl;
    find(library, curl.global_init, "curl_global_init");
    find(library, curl.easy_init, "curl_easy_init");
    find(library, curl.easy_setopt, "curl_easy_setopt");
    find(library, curl.easy_perform, "curl_easy_perform");
    find(library, curl.easy_getinfo, "curl_easy_getinfo");
    find(library, curl.easy_reset, "curl_easy_reset");
    find(library, curl.easy_cleanup, "curl_easy_cleanup");
    find(library, curl.easy_strerror, "curl_easy_strerror");
    find(library, curl.slist_append, "curl_slist_append");
    find(library, curl.slist_free_all, "curl_slist_free_all");
    if (curl.is_usable() && curl.global_init(kGlobalDefault) == kOk) return curl;
  }
  return std::nullopt;
}

}  // namespace

bool Libcurl::is_usable() const {
  return global_init && easy_init && easy_setopt && easy_perform && easy_getinfo && easy_reset &&
         easy_cleanup && easy_strerror && slist_append && slist_free_all;
}

Result<const Libcurl*> load_libcurl() {
  // A process forked while another thread is at it would find it begun and never ended, and its own
  // thread would wait for ever: a fork waits for these few milliseconds instead.
  static std::mutex loading;
  static const int held_at_forks =
      ::pthread_atfork([] { loading.lock(); }, [] { loading.unlock(); }, [] { loading.unlock(); });
  (void)held_at_forks;
  static std::optional<std::optional<Libcurl>> tried;
  const std::lock_guard lock(loading);
  if (!tried) tried = load();
  const std::optional<Libcurl>& curl = *tried;
  if (curl) return &*curl;
  return fail(Code::kUnavailable,
              "expected libcurl.so.4 to speak to a server, found none: install it (Debian and "
              "Ubuntu: libcurl4; Fedora and Rocky: libcurl; conda: libcurl)");
}

}  // namespace cairn::http
