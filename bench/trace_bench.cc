// What tracing costs: an epoch over many files with and without the recorders, and a data folder of
// many files that is looked through again.
#include <fcntl.h>
#include <sys/wait.h>

#include <cstring>
#include <fstream>

#include "measure.h"
#include "trace/file_digest.h"
#include "trace/preload.h"
#include "trace/stat_index.h"
#include "trace/trace_file.h"

namespace {

using namespace cairn;
using namespace cairn::bench;

constexpr int kEpochFiles = 20'000, kRounds = 5;

std::string file_name(const std::string& folder, int i) {
  return fmt::format("{}/{:03}/{:06}.bin", folder, i / 1000, i);
}

void make_files(const std::string& folder, int count, const std::string& content) {
  for (int i = 0; i < count; ++i) {
    if (i % 1000 == 0)
      std::filesystem::create_directories(fmt::format("{}/{:03}", folder, i / 1000));
    const int fd = open(file_name(folder, i).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size()))
      give_up("cannot make the data");
    close(fd);
  }
}

// The traced program: two epochs over the files, and the time of each on its own. `work_rounds` is
// what it does with a file besides reading it.
int run_epochs(const std::string& folder, int files, int work_rounds) {
  std::vector<char> buffer(8192);
  std::vector<std::string> names;
  for (int i = 0; i < files; ++i) names.push_back(file_name(folder, i));
  uint64_t sum = 0;
  for (int epoch = 0; epoch < 2; ++epoch) {
    const Stopwatch watch;
    for (const std::string& name : names) {
      const int fd = open(name.c_str(), O_RDONLY | O_CLOEXEC);
      const ssize_t got = read(fd, buffer.data(), buffer.size());
      close(fd);
      if (got <= 0) return 1;
      for (int round = 0; round < work_rounds; ++round)
        for (ssize_t i = 0; i < got; ++i)
          sum = sum * 31 + static_cast<unsigned char>(buffer[static_cast<size_t>(i)]);
    }
    fmt::print("{}\n", watch.cpu_s() * 1e6 / files);
  }
  return sum == 42 ? 2 : 0;
}

struct Epochs {
  double first_us = 0, later_us = 0;  // processor time of a file
};

Epochs run_child(const std::string& self, const std::string& folder, int work_rounds,
                 const trace::Environment& variables) {
  std::string command;
  for (const auto& [name, value] : variables) command += fmt::format("{}='{}' ", name, value);
  command += fmt::format("'{}' epochs '{}' {} {}", self, folder, kEpochFiles, work_rounds);
  FILE* pipe = popen(command.c_str(), "r");
  Epochs epochs;
  if (pipe == nullptr || std::fscanf(pipe, "%lf %lf", &epochs.first_us, &epochs.later_us) != 2 ||
      pclose(pipe) != 0)
    give_up("the epoch did not end well");
  return epochs;
}

void measure_epochs(const std::string& self, const Folder& folder) {
  const std::string data = folder.path() + "/data", cache = folder.path() + "/cache";
  make_files(data, kEpochFiles, std::string(4096, 'x'));
  const auto recorders = get(trace::install_recorders(posix_disk(), cache));
  for (const int work_rounds : {0, 30}) {  // bare opens; and about 100 us for a file, a small image
    std::vector<double> first_plain, first_traced, later_plain, later_traced;
    for (int round = 0; round < kRounds; ++round) {  // in turns: a busy machine disturbs both
      const Epochs plain = run_child(self, data, work_rounds, {});
      const auto traces = get(trace::make_trace_folder(posix_disk(), cache));
      const Epochs traced =
          run_child(self, data, work_rounds,
                    trace::traced_variables(trace::current_environment(), recorders, traces));
      const auto read = get(trace::read_trace(posix_disk(), traces));
      if (read.accesses.size() < kEpochFiles || read.lost + read.torn > 0)
        give_up("the trace is not whole");
      first_plain.push_back(plain.first_us);
      first_traced.push_back(traced.first_us);
      later_plain.push_back(plain.later_us);
      later_traced.push_back(traced.later_us);
    }
    // The quickest of the rounds: others on the machine only ever add.
    const double plain = percentile(first_plain, 0.0), traced = percentile(first_traced, 0.0);
    const double later = percentile(later_traced, 0.0) - percentile(later_plain, 0.0);
    if (work_rounds == 0) {
      figure("trace.open_untraced", plain, "us");
      figure("trace.first_open_added", traced - plain, "us");
      figure("trace.later_open_added", later, "us");
    } else {
      figure("trace.epoch_untraced", plain, "us/file");
      figure("trace.epoch_added", (traced / plain - 1) * 100, "%");
    }
  }
}

void measure_digests(const Folder& folder, int files) {
  const std::string data = folder.path() + "/many";
  make_files(data, files, "a line of data");
  usleep(30'000);  // until the last of them is old enough to be remembered
  auto index = trace::StatIndex::open(folder.path() + "/index");
  index.reserve(static_cast<uint64_t>(files));
  const Stopwatch first;
  get(trace::digest_folder(data, index));
  figure("trace.first_hash_small", first.wall_s() * 1e6 / files, "us/file");
  auto again = trace::StatIndex::open(folder.path() + "/index");
  const Stopwatch check;
  const auto known = get(trace::digest_folder(data, again));
  figure("trace.unchanged_files", static_cast<double>(files), "files");
  figure("trace.unchanged_check", check.wall_s() * 1e6 / files, "s");
  figure("trace.unchanged_check_cpu", check.cpu_s() * 1e6 / files, "s");
  figure("trace.unchanged_read_again", static_cast<double>(known.files_read), "files");
}

void measure_big_file(const Folder& folder) {
  const std::string path = folder.path() + "/big";
  std::ofstream file(path, std::ios::binary);
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 1024; ++i) file << block;
  file.close();
  auto index = trace::StatIndex::in_memory();
  const Stopwatch watch;
  get(trace::digest_file(path, index));
  figure("trace.hash_big_file", 1.0 / watch.wall_s(), "GiB/s");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "epochs") == 0)
    return run_epochs(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
  const Folder folder(argc > 1 ? argv[1] : "/tmp");
  const int files = argc > 2 ? std::atoi(argv[2]) : 1'000'000;
  measure_epochs(std::filesystem::canonical("/proc/self/exe").string(), folder);
  measure_big_file(folder);
  measure_digests(folder, files);
}
