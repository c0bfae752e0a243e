// A sweep without a file: the command line of a program with ranges where values would be.
//
//   python train.py --lr ~loguniform(1e-5,1e-1) --opt=~choice(sgd,adam) model=resnet,vit
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "sweep/space.h"

namespace cairn::sweep {

// What to put into a sweep file: `parameters:` and `command:`.
struct SweptCommand {
  model::Value parameters;
  std::vector<std::string> command;  // with ${param:lr} and the like for what varies

  // The command line of one configuration.
  Result<std::vector<std::string>> fill(const Config& config) const;
};

// Ranges are `--name ~RANGE`, `--name=~RANGE`, `name=~RANGE` and Hydra's sweeps: `name=1,2,3`,
// `name=choice(a,b)`, `+name=range(1,10)`. Options are called as Python calls them: --batch-size
// is batch_size. Invalid where nothing varies.
Result<SweptCommand> read_command(std::span<const std::string> argv);

}  // namespace cairn::sweep
