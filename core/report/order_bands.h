// Bands that hold the whole distribution function of independent results at once.
//
// Pure. A band says of the i-th smallest of n results between which shares of the distribution it
// lies. All n statements hold together with the band's confidence, whatever the distribution.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace cairn::report {

enum class BandKind {
  kDkw,             // equally wide everywhere (Dvoretzky, Kiefer and Wolfowitz, Massart's constant)
  kEqualTailed,     // as likely missed at each order statistic, and on both of its sides
  kHighestDensity,  // the same with the narrowest interval of each (Lourie 2024): the default
};
std::string_view print_band_kind(BandKind kind);  // "dkw", "ld_equal_tailed", "ld_highest_density"

struct OrderBand {
  BandKind kind = BandKind::kDkw;
  std::vector<double> low, high;  // by order statistic, ascending, in [0, 1]
};

// Of more results than this only the DKW band is made, which is then as good nearly everywhere.
constexpr size_t kExactBandMax = 1000;

OrderBand make_order_band(BandKind kind, size_t results, double confidence);

// The chance that the i-th smallest of independent uniform numbers lies within [low[i], high[i]]
// for every i: exact (a Poisson process between two boundaries, Moscovich and Nadler 2017). Both
// ascend.
double order_coverage(std::span<const double> low, std::span<const double> high);

}  // namespace cairn::report
