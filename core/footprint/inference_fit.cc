// Power as a straight line over the tokens that a server read and wrote.
#include <array>
#include <cmath>
#include <limits>

#include "footprint/inference.h"
#include "footprint/inference_meter.h"

namespace cairn::footprint {
namespace {

constexpr int64_t kBinNs = 60 * kNsPerSecond;
constexpr size_t kBinsMin = 5;
constexpr double kSpreadMin = 0.05;       // standard deviation over mean
constexpr double kCorrelationMax = 0.99;  // above it prefill and decode are one
constexpr size_t kColumns = 3;            // idle, tokens in, tokens out

using Row = std::array<double, kColumns>;  // 1, tokens in per second, tokens out per second

struct Bins {
  std::vector<Row> rows;
  std::vector<double> power_w;
};

Bins bins_of(const MeterCurve& meter, const std::vector<ServedRequest>& requests) {
  const int64_t origin_ns = meter.began_ns();
  const int64_t count = (meter.ended_ns() - origin_ns) / kBinNs;
  Bins bins;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t began_ns = origin_ns + i * kBinNs;
    const double used_j = meter.joules_at(began_ns + kBinNs) - meter.joules_at(began_ns);
    bins.rows.push_back({1, 0, 0});
    bins.power_w.push_back(used_j / seconds_between(0, kBinNs));
  }
  for (const ServedRequest& request : requests)
    for_each_stretch(request, [&](int64_t began_ns, int64_t ended_ns, double in, double out) {
      const int64_t first = std::max<int64_t>(0, (began_ns - origin_ns) / kBinNs);
      for (int64_t i = first; i < count && origin_ns + i * kBinNs < ended_ns; ++i) {
        const int64_t bin_ns = origin_ns + i * kBinNs;
        const double per_second =
            share_within(began_ns, ended_ns, bin_ns, bin_ns + kBinNs) / seconds_between(0, kBinNs);
        Row& row = bins.rows[static_cast<size_t>(i)];
        row[1] += in * per_second;
        row[2] += out * per_second;
      }
    });
  return bins;
}

struct Moments {
  double mean = 0, deviation = 0;
};
Moments moments_of(const Bins& bins, size_t column) {
  const auto n = static_cast<double>(bins.rows.size());
  Moments m;
  for (const Row& row : bins.rows) m.mean += row[column] / n;
  for (const Row& row : bins.rows) m.deviation += std::pow(row[column] - m.mean, 2) / n;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

bool varies(const Moments& m) { return m.deviation > kSpreadMin * m.mean && m.mean > 0; }

bool can_be_told_apart(const Bins& bins) {
  const Moments in = moments_of(bins, 1), out = moments_of(bins, 2);
  if (!varies(in) || !varies(out)) return false;
  double covariance = 0;
  for (const Row& row : bins.rows)
    covariance += (row[1] - in.mean) * (row[2] - out.mean) / static_cast<double>(bins.rows.size());
  return std::abs(covariance) < kCorrelationMax * in.deviation * out.deviation;
}

// The least squares solution that uses only the columns in `mask`; nothing where they are not
// independent.
std::optional<Row> solve(const Bins& bins, unsigned mask) {
  // Normal equations, with a bare diagonal for the columns left out.
  std::array<std::array<double, kColumns + 1>, kColumns> a{};
  for (size_t i = 0; i < kColumns; ++i) {
    if (!(mask >> i & 1U)) {
      a[i][i] = 1;
      continue;
    }
    for (size_t k = 0; k < bins.rows.size(); ++k) {
      const Row& row = bins.rows[k];
      for (size_t j = 0; j < kColumns; ++j)
        if (mask >> j & 1U) a[i][j] += row[i] * row[j];
      a[i][kColumns] += row[i] * bins.power_w[k];
    }
  }
  // They are symmetric and not negative, so that no exchange of rows is needed.
  const auto diagonal = a;
  for (size_t i = 0; i < kColumns; ++i) {
    if (a[i][i] <= 1e-10 * diagonal[i][i]) return std::nullopt;
    for (size_t k = 0; k < kColumns; ++k) {
      if (k == i) continue;
      const double factor = a[k][i] / a[i][i];
      for (size_t j = i; j <= kColumns; ++j) a[k][j] -= factor * a[i][j];
    }
  }
  Row x;
  for (size_t i = 0; i < kColumns; ++i) x[i] = a[i][kColumns] / a[i][i];
  return x;
}

double squared_error(const Bins& bins, const Row& x) {
  double sum = 0;
  for (size_t k = 0; k < bins.rows.size(); ++k) {
    const Row& row = bins.rows[k];
    sum += std::pow(bins.power_w[k] - x[0] * row[0] - x[1] * row[1] - x[2] * row[2], 2);
  }
  return sum;
}

// With three unknowns the best non-negative solution is found by trying which of them are 0.
Row fit_non_negative(const Bins& bins) {
  Row best{};
  double least = squared_error(bins, best);
  for (unsigned mask = 1; mask < 1U << kColumns; ++mask) {
    const std::optional<Row> x = solve(bins, mask);
    if (!x || std::ranges::any_of(*x, [](double v) { return v < 0; })) continue;
    if (const double error = squared_error(bins, *x); error < least) {
      least = error;
      best = *x;
    }
  }
  return best;
}

}  // namespace

std::optional<PowerFit> fit_power(const std::vector<MeterPoint>& meter,
                                  const std::vector<ServedRequest>& requests) {
  const MeterCurve curve(meter);
  if (curve.points().size() < 2) return std::nullopt;
  Bins bins = bins_of(curve, requests);
  if (bins.rows.size() < kBinsMin) return std::nullopt;
  const bool is_apart = can_be_told_apart(bins);
  if (!is_apart) {
    for (Row& row : bins.rows) row = {1, row[1] + row[2], 0};
    if (!varies(moments_of(bins, 1))) return std::nullopt;
  }
  const Row x = fit_non_negative(bins);
  double mean_w = 0, total = 0;
  for (const double w : bins.power_w) mean_w += w / static_cast<double>(bins.power_w.size());
  for (const double w : bins.power_w) total += std::pow(w - mean_w, 2);
  if (total <= 0) return std::nullopt;
  return PowerFit{x[0], x[1], is_apart ? x[2] : x[1], 1 - squared_error(bins, x) / total};
}

}  // namespace cairn::footprint
