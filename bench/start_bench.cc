// Milliseconds that a command takes from start to end, with nothing else in the way.
//
// Usage: start_bench name rounds command [argument...]
#include "measure.h"

int main(int argc, char** argv) {
  using namespace cairn::bench;
  if (argc < 4) give_up("usage: start_bench name rounds command [argument...]");
  const std::string name = argv[1];
  const std::vector<std::string> command(argv + 3, argv + argc);
  run_program_ms(command);  // the first one finds the program on the disk
  std::vector<double> took_ms(std::max<size_t>(1, std::strtoul(argv[2], nullptr, 10)));
  for (double& took : took_ms) took = run_program_ms(command);
  figure(name + ".min", percentile(took_ms, 0), "ms");
  figure(name + ".p50", percentile(took_ms, 0.5), "ms");
  figure(name + ".max", percentile(took_ms, 1), "ms");
}
