// Runs a fuzz target over every file of its corpus, without a fuzzer: replay CORPUS_FOLDER.
//
// Each input is handed over in a heap block of exactly its size, so that under the address
// sanitizer a read of one byte too many is seen. Inputs run in the order of their names.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> list_inputs(const fs::path& folder) {
  std::vector<fs::path> inputs;
  std::error_code missing;
  for (const auto& entry : fs::recursive_directory_iterator(folder, missing))
    if (entry.is_regular_file()) inputs.push_back(entry.path());
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

void run_input(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  const auto exact = std::make_unique<uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), exact.get());
  LLVMFuzzerTestOneInput(exact.get(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
    return 2;
  }
  const std::vector<fs::path> inputs = list_inputs(argv[1]);
  if (inputs.empty()) {
    std::fprintf(stderr, "expected at least one input, found none (%s)\n", argv[1]);
    return 1;
  }
  for (const fs::path& input : inputs) {
    std::printf("%s\n", input.c_str());  // the last line of a crash's output names the input
    std::fflush(stdout);
    run_input(input);
  }
  std::printf("%zu inputs\n", inputs.size());
}
