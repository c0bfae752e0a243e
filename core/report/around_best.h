// Around the best: what the best configuration would lose by changing one parameter, and the way
// to it.
#pragma once

#include <span>
#include <vector>

#include "report/sensitivity.h"
#include "surrogate/anova.h"
#include "surrogate/forest.h"

namespace cairn::report {

// What forests say along one column when all others stay as in one row.
struct Slice {
  surrogate::Lattice lattice;  // without the place of what is missing
  std::vector<double> said;
};
Slice slice_through(std::span<const surrogate::Forest> stages, const surrogate::Lattice& lattice,
                    std::span<const double> row, size_t column);

// The share of each column of the variance along all slices (Biedenkapp 2018); 0 where they are
// flat.
std::vector<double> local_shares(std::span<const Slice> slices);

// The values whose results are at most `noise` worse than the best of the slice. Of a column with
// an order: the two ends of the stretch around it, else every such choice.
model::List within_noise(const surrogate::Features& features, size_t column, const Slice& slice,
                         double noise, bool is_maximized);

// From one row to another by changing one column at a time, always the one that gains most.
std::vector<AblationStep> ablation_path(std::span<const surrogate::Forest> stages,
                                        const surrogate::Features& features,
                                        std::span<const double> from, std::span<const double> to,
                                        bool is_maximized);

}  // namespace cairn::report
