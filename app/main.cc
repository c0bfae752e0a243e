// The only main() of the product: argv goes to the cli room, its exit code comes back.
#include <sys/resource.h>

#include "cli/cli.h"

namespace {

// A chart of a hundred long runs reads from thousands of packs; the usual soft limit is 1,024
// files.
void allow_many_open_files() {
  constexpr rlim_t kWanted = 16384;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= kWanted) return;
  files.rlim_cur = files.rlim_max < kWanted ? files.rlim_max : kWanted;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int main(int argc, char** argv) {
  allow_many_open_files();
  return cairn::cli::run(argc, argv);
}
