// The columns format, both directions.
#include "server/columns.h"

#include <cstring>
#include <optional>
#include <type_traits>

#include "base/bytes.h"
#include "wire/json.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr std::string_view kMagic = "CCOL";
constexpr uint32_t kColumnsVersion = 1;
constexpr size_t kHeadBytes = 16;
constexpr size_t kAlignment = 8;

template <typename T>
constexpr std::string_view kTypeName = "";
template <>
constexpr std::string_view kTypeName<int64_t> = "i64";
template <>
constexpr std::string_view kTypeName<double> = "f64";
template <>
constexpr std::string_view kTypeName<uint32_t> = "u32";

// The one list of columns; the encoder and the decoder both walk it.
template <typename PointsLike, typename Visit>
void for_each_point_column(PointsLike& points, const Visit& visit) {
  visit("step", points.step);
  visit("time", points.time_ns);
  visit("value", points.value);
}
template <typename BucketsLike, typename Visit>
void for_each_bucket_column(BucketsLike& buckets, const Visit& visit) {
  visit("x", buckets.x);
  visit("min", buckets.min);
  visit("max", buckets.max);
  visit("mean", buckets.mean);
  visit("last", buckets.last);
  visit("count", buckets.count);
}

void pad(std::string& bytes, char filler) {
  bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment, filler);
}

Value encode_series(const SeriesColumns& series, std::string& arrays) {
  model::List columns;
  const auto add = [&]<typename T>(std::string_view name, const std::vector<T>& column) {
    Value about;
    about.set("name", name);
    about.set("type", kTypeName<T>);
    about.set("offset", static_cast<int64_t>(arrays.size()));
    about.set("count", static_cast<int64_t>(column.size()));
    columns.push_back(std::move(about));
    arrays.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(T));
    pad(arrays, '\0');
  };
  bool exact = true;
  if (const auto* points = std::get_if<model::Points>(&series.data)) {
    for_each_point_column(*points, add);
  } else {
    const auto& buckets = std::get<query::Buckets>(series.data);
    exact = buckets.exact;
    for_each_bucket_column(buckets, add);
  }
  Value out;
  out.set("run", series.run);
  out.set("key", series.key);
  out.set("exact", exact);
  out.set("columns", std::move(columns));
  return out;
}

class SeriesDecoder {
 public:
  SeriesDecoder(const Value& about, std::string_view arrays) : x_about(about), x_arrays(arrays) {}

  Result<SeriesColumns> decode() {
    SeriesColumns series;
    series.run = text(x_about, "run");
    series.key = text(x_about, "key");
    const auto read = [this](std::string_view name, auto& column) { read_column(name, column); };
    if (find_column("value")) {
      for_each_point_column(series.data.emplace<model::Points>(), read);
    } else {
      auto& buckets = series.data.emplace<query::Buckets>();
      const Value* exact = x_about.find("exact");
      buckets.exact = exact && exact->int_or(0);
      for_each_bucket_column(buckets, read);
    }
    if (!x_problem.empty()) return fail(Code::kCorrupt, "{}", x_problem);
    return series;
  }

  static std::string text(const Value& object, std::string_view member) {
    const Value* value = object.find(member);
    return std::string(value ? value->string_or("") : "");
  }

 private:
  const Value* find_column(std::string_view name) const {
    const Value* columns = x_about.find("columns");
    if (!columns || !columns->as_list()) return nullptr;
    for (const Value& column : *columns->as_list())
      if (text(column, "name") == name) return &column;
    return nullptr;
  }

  template <typename T>
  void read_column(std::string_view name, std::vector<T>& out) {
    const Value* about = find_column(name);
    if (!about || text(*about, "type") != kTypeName<T>) {
      x_problem = fmt::format("expected a column '{}' of type {}", name, kTypeName<T>);
      return;
    }
    const Value* offset = about->find("offset");
    const Value* count = about->find("count");
    const auto at = static_cast<uint64_t>(offset ? offset->int_or(-1) : -1);
    const auto n = static_cast<uint64_t>(count ? count->int_or(-1) : -1);
    if (at > x_arrays.size() || n > (x_arrays.size() - at) / sizeof(T)) {
      x_problem =
          fmt::format("expected column '{}' within {} bytes of arrays, found {} items at {}", name,
                      x_arrays.size(), n, at);
      return;
    }
    if (x_rows.value_or(n) != n) {
      x_problem = fmt::format("expected columns of one length, found {} and {}", *x_rows, n);
      return;
    }
    x_rows = n;
    out.resize(n);
    if (n > 0) std::memcpy(out.data(), x_arrays.data() + at, n * sizeof(T));
  }

  const Value& x_about;
  std::string_view x_arrays;
  std::string x_problem;
  std::optional<uint64_t> x_rows;  // of the columns read so far
};

}  // namespace

std::string encode_columns(const Columns& columns) {
  std::string arrays;
  model::List series, missing;
  for (const SeriesColumns& one : columns.series) series.push_back(encode_series(one, arrays));
  for (const Columns::Missing& one : columns.missing)
    missing.push_back(model::Object{{"run", one.run}, {"key", one.key}});
  Value about;
  about.set("series", std::move(series));
  about.set("missing", std::move(missing));
  std::string json = wire::print_json(about);
  pad(json, ' ');

  ByteWriter out;
  out.raw(kMagic);
  out.u32(kColumnsVersion);
  out.u32(static_cast<uint32_t>(json.size()));
  out.u32(0);
  out.raw(json);
  out.raw(arrays);
  return out.take();
}

Result<Columns> decode_columns(std::string_view bytes) {
  ByteReader in(bytes);
  const std::string_view magic = in.raw(kMagic.size());
  const uint32_t version = in.u32();
  const uint32_t json_bytes = in.u32();
  in.u32();
  if (!in.ok() || magic != kMagic)
    return fail(Code::kCorrupt, "expected columns that begin with '{}' and {} bytes of head",
                kMagic, kHeadBytes);
  if (version != kColumnsVersion)
    return fail(Code::kInvalid, "expected columns of version {}, found {}", kColumnsVersion,
                version);
  const std::string_view json = in.raw(json_bytes);
  if (!in.ok()) return fail(Code::kCorrupt, "expected {} bytes of JSON in columns", json_bytes);
  TRY(const Value about, wire::parse_json(json));

  Columns columns;
  if (const Value* series = about.find("series"); series && series->as_list()) {
    for (const Value& one : *series->as_list()) {
      TRY(SeriesColumns decoded, SeriesDecoder(one, in.rest()).decode());
      columns.series.push_back(std::move(decoded));
    }
  }
  if (const Value* missing = about.find("missing"); missing && missing->as_list())
    for (const Value& one : *missing->as_list())
      columns.missing.push_back({SeriesDecoder::text(one, "run"), SeriesDecoder::text(one, "key")});
  return columns;
}

}  // namespace cairn::server
