// See gaussian_process.h. The only file of the room that knows Eigen.
#include "surrogate/gaussian_process.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <Eigen/Dense>

namespace cairn::surrogate {

namespace {

using Eigen::Index;
using Array = Eigen::ArrayXd;
using Dense = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Points = Eigen::Map<const RowMajor>;
using Factor = Eigen::Map<const Dense>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMissingPlace = 0.5;
constexpr double kJitterMin = 1e-10, kJitterMax = 1e-3;  // of the scale
constexpr double kNoiseMin = 1e-10;                      // where the caller says that there is none

Index index(size_t i) { return static_cast<Index>(i); }
Eigen::Map<const Vector> as_vector(const std::vector<double>& values) {
  return {values.data(), index(values.size())};
}

// ---- The covariance function -------------------------------------------------------------------

// Squared distances, which rounding can push below 0, become correlations.
template <typename Squares>
Array correlation(Smoothness smoothness, const Squares& squares) {
  if (smoothness == Smoothness::kMatern52) {
    const Array r = (5 * squares.max(0)).sqrt();
    return (1 + r + r.square() / 3) * (-r).exp();
  }
  const Array r = (3 * squares.max(0)).sqrt();
  return (1 + r) * (-r).exp();
}

// Their derivative by the squared distance.
template <typename Squares>
Array correlation_slope(Smoothness smoothness, const Squares& squares) {
  if (smoothness == Smoothness::kMatern52) {
    const Array r = (5 * squares.max(0)).sqrt();
    return -5.0 / 6 * (1 + r) * (-r).exp();
  }
  return -1.5 * (-(3 * squares.max(0)).sqrt()).exp();
}

// Between the rows of `a` and of `b`.
Dense squared_distances(const Eigen::Ref<const RowMajor>& a, const Eigen::Ref<const RowMajor>& b) {
  Dense squares = -2 * a * b.transpose();
  squares.colwise() += a.rowwise().squaredNorm();
  squares.rowwise() += b.rowwise().squaredNorm().transpose();
  return squares;
}

// Coordinates of a row, before division by lengths: places, and for a category one per level and
// one for "missing", so that two different ones are at squared distance 1.
void expand_row(std::span<const Column> columns, std::span<const double> row,
                std::vector<double>& out) {
  out.clear();
  for (size_t c = 0; c < columns.size(); ++c) {
    if (!columns[c].is_categorical()) {
      out.push_back(std::isnan(row[c]) ? kMissingPlace : row[c]);
      continue;
    }
    const size_t levels = columns[c].levels.size();
    const size_t level = row[c] >= 0 ? static_cast<size_t>(row[c]) : levels;
    for (size_t k = 0; k <= levels; ++k) out.push_back(k == level ? std::numbers::sqrt2 / 2 : 0);
  }
}

std::vector<size_t> columns_of_coordinates(std::span<const Column> columns) {
  std::vector<size_t> column_of;
  for (size_t c = 0; c < columns.size(); ++c)
    column_of.insert(column_of.end(),
                     columns[c].is_categorical() ? columns[c].levels.size() + 1 : 1, c);
  return column_of;
}

RowMajor expand_all(std::span<const Column> columns, const Matrix& x, size_t coordinates) {
  RowMajor points(index(x.rows()), index(coordinates));
  std::vector<double> row;
  for (size_t i = 0; i < x.rows(); ++i) {
    expand_row(columns, x.row(i), row);
    points.row(index(i)) = as_vector(row).transpose();
  }
  return points;
}

// ---- Dense algebra -----------------------------------------------------------------------------

// Lower Cholesky factor of k + diagonal; more and more jitter is tried. False: it cannot be had.
bool factorise(const Dense& k, const Array& diagonal, double scale, Dense& factor, double& jitter) {
  for (jitter = 0; jitter <= kJitterMax * scale;
       jitter = jitter == 0 ? kJitterMin * scale : 10 * jitter) {
    factor = k;
    factor.diagonal().array() += diagonal + jitter;
    const Eigen::LLT<Eigen::Ref<Dense>, Eigen::Lower> llt(factor);
    // A pivot of NaN passes for success.
    if (llt.info() != Eigen::Success || !factor.diagonal().allFinite()) continue;
    factor.triangularView<Eigen::StrictlyUpper>().setZero();
    return true;
  }
  return false;
}

// Inverts a lower triangle in place, by halves.
void invert_lower(Eigen::Ref<Dense> l) {
  const Index n = l.rows();
  if (n <= 32) {
    l.triangularView<Eigen::Lower>() =
        Dense(l.triangularView<Eigen::Lower>().solve(Dense::Identity(n, n)));
    return;
  }
  const Index half = n / 2;
  auto upper = l.topLeftCorner(half, half), lower = l.bottomRightCorner(n - half, n - half);
  auto corner = l.bottomLeftCorner(n - half, half);
  invert_lower(upper);
  invert_lower(lower);
  const Dense right = corner * upper.triangularView<Eigen::Lower>();
  corner.noalias() = -(lower.triangularView<Eigen::Lower>() * right);
}

// The lower half of (l l^T)^-1, given l's inverse.
void multiply_inverse(const Eigen::Ref<const Dense>& inverse, Eigen::Ref<Dense> product) {
  constexpr Index kBlock = 64;
  const Index n = inverse.rows();
  for (Index j = 0; j < n; j += kBlock) {
    const Index width = std::min(kBlock, n - j);
    // Row i of the product needs what lies below both i and j only.
    for (Index i = j; i < n; i += kBlock) {
      const Index height = std::min(kBlock, n - i);
      product.block(i, j, height, width).noalias() =
          inverse.block(i, i, n - i, height).transpose() * inverse.block(i, j, n - i, width);
    }
  }
}

// ---- Priors ------------------------------------------------------------------------------------

struct LogDensity {
  double value, slope;  // slope: by log t
};

LogDensity log_density(const Prior& prior, double t) {
  switch (prior.family) {
    case Prior::Family::kGamma:
      return {(prior.a - 1) * std::log(t) - prior.b * t, prior.a - 1 - prior.b * t};
    case Prior::Family::kLogNormal: {
      const double z = (std::log(t) - prior.a) / prior.b;
      return {-z * z / 2 - std::log(t), -z / prior.b - 1};
    }
    case Prior::Family::kBarrier: {
      const double up = std::pow(t, prior.b), down = 1 / up;
      return {-prior.a * (up + down), -prior.a * prior.b * (up - down)};
    }
  }
  return {0, 0};
}

double mode(const Prior& prior) {
  switch (prior.family) {
    case Prior::Family::kGamma:
      return std::max(prior.a - 1, 0.1) / prior.b;
    case Prior::Family::kLogNormal:
      return std::exp(prior.a - prior.b * prior.b);
    case Prior::Family::kBarrier:
      return 1;
  }
  return 1;
}

// ---- Fitting -----------------------------------------------------------------------------------

// Minus the log of evidence times priors, as a function of log lengths, log scale and log noise.
class FitProblem {
 public:
  FitProblem(RowMajor points, std::vector<size_t> column_of, Vector y, Array extra_noise,
             const GaussianProcessOptions& options, double length_unit)
      : x_points(std::move(points)),
        x_column_of(std::move(column_of)),
        x_y(std::move(y)),
        x_extra_noise(std::move(extra_noise)),
        x_options(options),
        x_length_unit(length_unit),
        x_squares(x_points.rows(), x_points.rows()),
        x_covariance(x_points.rows(), x_points.rows()),
        x_inverse(x_points.rows(), x_points.rows()) {}

  double operator()(std::span<const double> theta, std::span<double> gradient) {
    const size_t columns = theta.size() - 2;
    const double scale = std::exp(theta[columns]), noise = std::exp(theta[columns + 1]);
    RowMajor z = x_points;
    for (Index k = 0; k < z.cols(); ++k)
      z.col(k) /= std::exp(theta[x_column_of[static_cast<size_t>(k)]]);
    x_squares = squared_distances(z, z);
    for (Index j = 0; j < x_squares.cols(); ++j)
      x_covariance.col(j) = scale * correlation(x_options.smoothness, x_squares.col(j).array());
    double jitter = 0;
    if (!factorise(x_covariance, x_extra_noise + noise, scale, x_factor, jitter)) return kInfinity;
    Vector weights = x_factor.triangularView<Eigen::Lower>().solve(x_y);
    double loss = weights.squaredNorm() / 2 + x_factor.diagonal().array().log().sum();
    x_factor.transpose().triangularView<Eigen::Upper>().solveInPlace(weights);
    slopes(z, weights, scale, noise, gradient);
    loss += add_priors(theta, gradient);
    return std::isfinite(loss) ? loss : kInfinity;
  }

 private:
  // With H = d evidence / d covariance: H = (w w^T - K^-1) / 2, and sums of H over all pairs. The
  // sum of H' (z_i - z_j)^2 over pairs is 2 (rowsum(H') . z^2 - z^T H' z): no loop over columns.
  void slopes(const RowMajor& z, const Vector& weights, double scale, double noise,
              std::span<double> gradient) {
    const Index n = z.rows();
    const size_t columns = gradient.size() - 2;
    invert_lower(x_factor);
    multiply_inverse(x_factor, x_inverse);
    double by_scale = 0, by_noise = 0;
    for (Index j = 0; j < n; ++j) {
      const Index rest = n - j;
      auto h = x_inverse.col(j).tail(rest).array();
      h = (weights(j) * weights.tail(rest).array() - h) / 2;
      by_noise += h(0);
      const auto k = x_covariance.col(j).tail(rest).array();
      by_scale += 2 * (h * k).sum() - h(0) * k(0);
      h *= scale * correlation_slope(x_options.smoothness, x_squares.col(j).tail(rest).array());
    }
    const auto symmetric = x_inverse.selfadjointView<Eigen::Lower>();
    const Vector sums = symmetric * Vector::Ones(n);
    const Dense across = symmetric * Dense(z);
    std::ranges::fill(gradient, 0);
    for (Index k = 0; k < z.cols(); ++k) {
      const double pairs = 2 * (sums.dot(z.col(k).cwiseAbs2()) - z.col(k).dot(across.col(k)));
      gradient[x_column_of[static_cast<size_t>(k)]] += 2 * pairs;  // r^2 falls as l^-2
    }
    gradient[columns] = -by_scale;
    gradient[columns + 1] = -noise * by_noise;
  }

  double add_priors(std::span<const double> theta, std::span<double> gradient) const {
    const size_t columns = theta.size() - 2;
    double loss = 0;
    const auto add = [&](const Prior& prior, size_t k, double unit) {
      const LogDensity density = log_density(prior, std::exp(theta[k]) / unit);
      loss -= density.value;
      gradient[k] -= density.slope;
    };
    for (size_t k = 0; k < columns; ++k) add(x_options.length, k, x_length_unit);
    add(x_options.scale, columns, 1);
    if (!x_options.noise_sd) add(x_options.noise, columns + 1, 1);
    return loss;
  }

  RowMajor x_points;
  std::vector<size_t> x_column_of;
  Vector x_y;
  Array x_extra_noise;
  const GaussianProcessOptions& x_options;
  double x_length_unit;
  Dense x_squares, x_covariance, x_inverse, x_factor;  // kept from call to call for their memory
};

// A third the lowest targets, the rest each as far as can be from those taken before.
std::vector<Index> fit_rows(const RowMajor& points, const Vector& y, size_t count) {
  std::vector<Index> rows(static_cast<size_t>(y.size()));
  std::iota(rows.begin(), rows.end(), Index{0});
  if (rows.size() <= count) return rows;
  const size_t lowest = count / 3;
  std::ranges::stable_sort(rows, {}, [&](Index i) { return y(i); });
  rows.resize(lowest);
  Vector nearest = Vector::Constant(y.size(), kInfinity);
  const auto keep_away_from = [&](Index i) {
    nearest = nearest.cwiseMin((points.rowwise() - points.row(i)).rowwise().squaredNorm());
  };
  for (const Index i : rows) keep_away_from(i);
  while (rows.size() < count) {
    Index furthest = 0;
    nearest.maxCoeff(&furthest);
    rows.push_back(furthest);
    keep_away_from(furthest);
    nearest(furthest) = -1;
  }
  return rows;
}

Result<void> check_observations(std::span<const Column> columns, const Observations& seen) {
  const size_t rows = seen.x.rows();
  if (rows == 0 || rows > GaussianProcess::kRowsMax)
    return fail(Code::kInvalid, "expected 1 to {} rows for a Gaussian process, found {}",
                GaussianProcess::kRowsMax, rows);
  if (seen.x.columns() != columns.size() || seen.y.size() != rows ||
      (!seen.extra_noise.empty() && seen.extra_noise.size() != rows))
    return fail(Code::kInvalid, "expected {} columns and {} targets, found {} and {}",
                columns.size(), rows, seen.x.columns(), seen.y.size());
  for (const Column& column : columns)
    if (column.is_categorical() && column.levels.size() > GaussianProcess::kCategoriesPerColumnMax)
      return fail(Code::kInvalid, "expected at most {} categories in {}, found {}",
                  GaussianProcess::kCategoriesPerColumnMax, column.name, column.levels.size());
  for (const double y : seen.y)
    if (!(std::abs(y) <= kTargetMax))
      return fail(Code::kInvalid, "expected finite targets, found {}", y);
  for (const double variance : seen.extra_noise)
    if (!(variance >= 0) || !std::isfinite(variance))
      return fail(Code::kInvalid, "expected noise of at least 0, found {}", variance);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t c = 0; c < columns.size(); ++c) {
      const double place = seen.x.at(i, c);
      const double last = static_cast<double>(columns[c].levels.size()) - 1;
      if (std::isinf(place) || (columns[c].is_categorical() && place > last))
        return fail(Code::kInvalid, "expected a place in column {}, found {}", columns[c].name,
                    place);
    }
  }
  return {};
}

struct Standard {
  double mean, unit;
};

Standard standard_of(std::span<const double> y) {
  const Eigen::Map<const Array> values(y.data(), index(y.size()));
  const double mean = values.mean();
  const double sd = std::sqrt((values - mean).square().mean());
  // Targets that are all alike differ by rounding at most.
  return {mean, sd > 1e-12 * std::abs(mean) && sd > 1e-300 ? sd : 1};
}

}  // namespace

GaussianProcessOptions short_lengths() {
  return {.smoothness = Smoothness::kMatern52,
          .length = {Prior::Family::kGamma, 3, 6},
          .scale = {Prior::Family::kGamma, 2, 0.15},
          .noise = {Prior::Family::kLogNormal, -4, 1},
          .length_columns = 6};
}

GaussianProcessOptions long_lengths() {
  return {.smoothness = Smoothness::kMatern32,
          .length = {Prior::Family::kBarrier, 0.1, 2},
          .scale = {Prior::Family::kGamma, 2, 1},
          .noise = {Prior::Family::kGamma, 1.1, 30},
          .length_bounds = {0.02, 30}};
}

GaussianProcessOptions dimension_scaled_lengths() {
  return {.smoothness = Smoothness::kMatern52,
          .length = {Prior::Family::kLogNormal, std::numbers::sqrt2, std::numbers::sqrt3},
          .scale = {Prior::Family::kLogNormal, 0, 1},
          .noise = {Prior::Family::kLogNormal, -4, 1},
          .length_columns = 1,
          .scale_bounds = {1, 1}};
}

Result<GaussianProcess> GaussianProcess::fit(std::span<const Column> columns,
                                             const Observations& seen,
                                             const GaussianProcessOptions& options) {
  TRY_VOID(check_observations(columns, seen));
  const size_t d = columns.size();
  const std::vector<size_t> column_of = columns_of_coordinates(columns);
  const RowMajor all_points = expand_all(columns, seen.x, column_of.size());
  const auto [mean, unit] = standard_of(seen.y);
  const Vector all_y = (Eigen::Map<const Array>(seen.y.data(), index(seen.y.size())) - mean) / unit;
  Array all_extra = Array::Zero(all_y.size());
  if (!seen.extra_noise.empty())
    all_extra = Eigen::Map<const Array>(seen.extra_noise.data(), all_y.size()) / (unit * unit);

  const double length_unit =
      std::max(1.0, std::sqrt(static_cast<double>(d) / options.length_columns));
  std::vector<Bounds> bounds(d, options.length_bounds);
  bounds.push_back(options.scale_bounds);
  bounds.push_back(options.noise_bounds);
  std::vector<double> cold(d, mode(options.length) * length_unit);
  cold.push_back(1);
  cold.push_back(1e-2);
  if (options.noise_sd) {
    const double known = std::max(std::pow(*options.noise_sd / unit, 2), kNoiseMin);
    bounds.back() = {known, known};
  }
  std::vector<std::vector<double>> starts = {cold};
  if (options.start && options.start->lengths.size() == d) {
    starts[0] = options.start->lengths;
    starts[0].insert(starts[0].end(), {options.start->scale, options.start->noise});
  }
  for (const double factor : {3.0, 1.0 / 3}) {
    if (starts.size() >= options.starts) break;
    starts.push_back(cold);
    for (size_t k = 0; k < d; ++k) starts.back()[k] *= factor;
  }

  const auto rows = fit_rows(all_points, all_y, std::max<size_t>(options.fit_rows_max, 3));
  FitProblem problem(all_points(rows, Eigen::all), column_of, all_y(rows), all_extra(rows), options,
                     length_unit);
  const Slope slope = [&](std::span<const double> theta, std::span<double> gradient) {
    return problem(theta, gradient);
  };
  for (Bounds& bound : bounds) bound = {std::log(bound.low), std::log(bound.high)};
  Minimum best{{}, kInfinity, 0};
  for (std::vector<double>& start : starts) {
    for (double& parameter : start) parameter = std::log(parameter);
    Minimum found =
        minimise(slope, bounds, std::move(start), {.iterations_max = options.iterations_max});
    if (best.x.empty() || found.value < best.value) best = std::move(found);
  }
  Hyperparameters chosen;
  for (size_t k = 0; k < d; ++k) chosen.lengths.push_back(std::exp(best.x[k]));
  chosen.scale = std::exp(best.x[d]);
  chosen.noise = std::exp(best.x[d + 1]);
  return with(columns, seen, options.smoothness, chosen);
}

Result<GaussianProcess> GaussianProcess::with(std::span<const Column> columns,
                                              const Observations& seen, Smoothness smoothness,
                                              const Hyperparameters& hyperparameters) {
  TRY_VOID(check_observations(columns, seen));
  if (hyperparameters.lengths.size() != columns.size())
    return fail(Code::kInvalid, "expected {} lengths, found {}", columns.size(),
                hyperparameters.lengths.size());
  GaussianProcess process;
  process.x_columns.assign(columns.begin(), columns.end());
  process.x_smoothness = smoothness;
  process.x_parameters = hyperparameters;
  process.x_column_of = columns_of_coordinates(columns);
  for (const size_t c : process.x_column_of)
    process.x_inverse.push_back(1 / hyperparameters.lengths[c]);
  const auto [mean, unit] = standard_of(seen.y);
  process.x_mean = mean;
  process.x_unit = unit;
  for (size_t i = 0; i < seen.y.size(); ++i) {
    const std::vector<double> point = process.expand(seen.x.row(i));
    process.x_points.insert(process.x_points.end(), point.begin(), point.end());
    process.x_targets.push_back((seen.y[i] - mean) / unit);
    process.x_extra_noise.push_back(seen.extra_noise.empty() ? 0
                                                             : seen.extra_noise[i] / (unit * unit));
  }
  TRY_VOID(process.condition());
  return process;
}

std::vector<double> GaussianProcess::expand(std::span<const double> row) const {
  std::vector<double> point;
  expand_row(x_columns, row, point);
  for (size_t k = 0; k < point.size(); ++k) point[k] *= x_inverse[k];
  return point;
}

Result<void> GaussianProcess::condition() {
  const Points points(x_points.data(), index(rows()), index(x_column_of.size()));
  const Dense squares = squared_distances(points, points);
  Dense k(squares.rows(), squares.cols()), factor;
  for (Index j = 0; j < k.cols(); ++j)
    k.col(j) = x_parameters.scale * correlation(x_smoothness, squares.col(j).array());
  const Array diagonal = as_vector(x_extra_noise).array() + x_parameters.noise;
  if (!factorise(k, diagonal, x_parameters.scale, factor, x_jitter))
    return fail(Code::kInvalid, "expected covariances of {} rows that can be factorised", rows());
  x_factor.assign(factor.data(), factor.data() + factor.size());
  solve();
  return {};
}

void GaussianProcess::solve() {
  const Factor factor(x_factor.data(), index(rows()), index(rows()));
  Vector weights = factor.triangularView<Eigen::Lower>().solve(as_vector(x_targets));
  factor.transpose().triangularView<Eigen::Upper>().solveInPlace(weights);
  x_weights.assign(weights.data(), weights.data() + weights.size());
}

Result<void> GaussianProcess::add(std::span<const double> row, double y, double extra_noise) {
  CHECK(row.size() == x_columns.size());
  if (!(std::abs(y) <= kTargetMax) || !(extra_noise >= 0) || rows() >= kRowsMax)
    return fail(Code::kInvalid, "expected a finite target and at most {} rows, found {}", kRowsMax,
                y);
  const Index n = index(rows());
  const std::vector<double> point = expand(row);
  const double extra = extra_noise / (x_unit * x_unit);
  {
    const Points points(x_points.data(), n, index(point.size()));
    const Dense squares = squared_distances(points, as_vector(point).transpose());
    Vector across = x_parameters.scale * correlation(x_smoothness, squares.col(0).array());
    const Factor factor(x_factor.data(), n, n);
    factor.triangularView<Eigen::Lower>().solveInPlace(across);
    const double pivot =
        x_parameters.scale + x_parameters.noise + extra + x_jitter - across.squaredNorm();
    Dense grown = Dense::Zero(n + 1, n + 1);
    grown.topLeftCorner(n, n) = factor;
    grown.row(n).head(n) = across.transpose();
    grown(n, n) = std::sqrt(std::max(pivot, kJitterMin * x_parameters.scale));
    x_factor.assign(grown.data(), grown.data() + grown.size());
  }
  x_points.insert(x_points.end(), point.begin(), point.end());
  x_targets.push_back((y - x_mean) / x_unit);
  x_extra_noise.push_back(extra);
  solve();
  return {};
}

Posterior GaussianProcess::predict(std::span<const double> row) const {
  Matrix one;
  one.append(row);
  return predict(one)[0];
}

std::vector<Posterior> GaussianProcess::predict(const Matrix& asked, size_t depth) const {
  CHECK(asked.columns() == x_columns.size());
  constexpr size_t kRowsAtOnce = 256;  // what is worked on at once stays in the caches
  const Index deep = index(std::min(depth, rows()));
  const Index n = index(rows());
  const Points points(x_points.data(), n, index(x_column_of.size()));
  const Factor factor(x_factor.data(), n, n);
  std::vector<Posterior> said;
  said.reserve(asked.rows());
  for (size_t begin = 0; begin < asked.rows(); begin += kRowsAtOnce) {
    const size_t count = std::min(kRowsAtOnce, asked.rows() - begin);
    RowMajor some(index(count), points.cols());
    for (size_t i = 0; i < count; ++i)
      some.row(index(i)) = as_vector(expand(asked.row(begin + i))).transpose();
    Dense across = squared_distances(points, some);
    for (Index j = 0; j < across.cols(); ++j)
      across.col(j) = x_parameters.scale * correlation(x_smoothness, across.col(j).array());
    const Vector means = across.transpose() * as_vector(x_weights);
    auto reached = across.topRows(deep);
    factor.topLeftCorner(deep, deep).triangularView<Eigen::Lower>().solveInPlace(reached);
    for (Index j = 0; j < across.cols(); ++j) {
      const double known = across.col(j).head(deep).squaredNorm();
      const double variance = std::max(x_parameters.scale - known, 0.0);
      said.push_back({x_mean + x_unit * means(j), x_unit * x_unit * variance});
    }
  }
  return said;
}

PosteriorSlope GaussianProcess::slope(std::span<const double> row) const {
  CHECK(row.size() == x_columns.size());
  const Index n = index(rows());
  const std::vector<double> point = expand(row);
  const Points points(x_points.data(), n, index(point.size()));
  const auto here = as_vector(point).transpose();
  const Dense squares = squared_distances(points, here);
  const Vector across = x_parameters.scale * correlation(x_smoothness, squares.col(0).array());
  const Array slopes = x_parameters.scale * correlation_slope(x_smoothness, squares.col(0).array());
  const Factor factor(x_factor.data(), n, n);
  Vector solved = factor.triangularView<Eigen::Lower>().solve(across);
  const double variance = std::max(x_parameters.scale - solved.squaredNorm(), 0.0);
  factor.transpose().triangularView<Eigen::Upper>().solveInPlace(solved);
  const auto weights = as_vector(x_weights);

  PosteriorSlope slope{{x_mean + x_unit * across.dot(weights), x_unit * x_unit * variance},
                       std::vector<double>(row.size()),
                       std::vector<double>(row.size())};
  for (size_t k = 0; k < point.size(); ++k) {
    const size_t column = x_column_of[k];
    if (x_columns[column].is_categorical()) continue;
    // d r^2 / d place, for all rows
    const Array pull = 2 * x_inverse[k] * (point[k] - points.col(index(k)).array());
    slope.mean_gradient[column] = x_unit * (slopes * pull * weights.array()).sum();
    slope.variance_gradient[column] = -2 * x_unit * x_unit * (slopes * pull * solved.array()).sum();
  }
  return slope;
}

Matrix GaussianProcess::covariance(const Matrix& asked) const {
  CHECK(asked.columns() == x_columns.size());
  const Index n = index(rows()), m = index(asked.rows());
  const Points points(x_points.data(), n, index(x_column_of.size()));
  RowMajor some(m, points.cols());
  for (size_t i = 0; i < asked.rows(); ++i)
    some.row(index(i)) = as_vector(expand(asked.row(i))).transpose();
  Dense across = squared_distances(points, some), among = squared_distances(some, some);
  for (Index j = 0; j < m; ++j) {
    across.col(j) = x_parameters.scale * correlation(x_smoothness, across.col(j).array());
    among.col(j) = x_parameters.scale * correlation(x_smoothness, among.col(j).array());
  }
  Factor(x_factor.data(), n, n).triangularView<Eigen::Lower>().solveInPlace(across);
  among -= across.transpose() * across;
  Matrix joint(asked.rows(), asked.rows());
  for (size_t i = 0; i < joint.rows(); ++i)
    for (size_t j = 0; j < joint.rows(); ++j)
      joint.at(i, j) =
          x_unit * x_unit * (among(index(i), index(j)) + among(index(j), index(i))) / 2;
  return joint;
}

// What the weights leave of each result is its noise.
std::vector<double> GaussianProcess::fitted() const {
  std::vector<double> means;
  for (size_t i = 0; i < rows(); ++i) {
    const double noise = x_parameters.noise + x_extra_noise[i] + x_jitter;
    means.push_back(x_mean + x_unit * (x_targets[i] - noise * x_weights[i]));
  }
  return means;
}

// From the inverse's diagonal alone (Rasmussen and Williams, 5.12).
std::vector<Posterior> GaussianProcess::leave_one_out() const {
  const Index n = index(rows());
  Dense inverse = Factor(x_factor.data(), n, n);
  invert_lower(inverse);
  std::vector<Posterior> said;
  for (Index i = 0; i < n; ++i) {
    const double precision = inverse.col(i).tail(n - i).squaredNorm();
    const auto at = static_cast<size_t>(i);
    said.push_back({x_mean + x_unit * (x_targets[at] - x_weights[at] / precision),
                    x_unit * x_unit / precision});
  }
  return said;
}

double GaussianProcess::noise_sd() const { return x_unit * std::sqrt(x_parameters.noise); }

double GaussianProcess::log_evidence() const {
  const Index n = index(rows());
  const Factor factor(x_factor.data(), n, n);
  return -as_vector(x_targets).dot(as_vector(x_weights)) / 2 -
         factor.diagonal().array().log().sum() -
         static_cast<double>(n) / 2 * std::log(2 * std::numbers::pi);
}

}  // namespace cairn::surrogate
