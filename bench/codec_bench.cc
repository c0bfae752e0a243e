// Size and speed of the column codec on the curve mix: bytes/point, and million points a second.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "curves.h"
#include "store/column_codec.h"

namespace {

using cairn::bench::Curve;

constexpr size_t kPoints = 131'072;
constexpr int kRepeats = 15;  // the best counts: noise only ever adds time

// What the prototype of this format needed, in the order of make_curves(); 0: not published.
constexpr double kPrototype[] = {2.76, .76, 4.40, 1.53, .67, 1.07, .63, 0,
                                 3.13, .79, 0,    2.14, 0,   3.80, .18};

// Of processor time, so that a busy machine tells the same.
template <typename Work>
double mega_points_per_s(size_t points, Work&& work) {
  double best = 0;
  for (int i = 0; i < kRepeats; ++i) {
    const std::clock_t start = std::clock();
    work();
    const double took_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    best = std::max(best, static_cast<double>(points) / std::max(took_s, 1e-6) / 1e6);
  }
  return best;
}

void require(bool ok) {
  if (ok) return;
  std::fputs("codec_bench: a chunk did not decode\n", stderr);
  std::exit(1);
}

struct Chunks {
  std::vector<std::string> bytes;
  std::vector<std::span<const double>> values;

  size_t total_bytes() const {
    size_t total = 0;
    for (const auto& chunk : bytes) total += chunk.size();
    return total;
  }
};

Chunks cut(const std::vector<double>& values, size_t chunk_points) {
  Chunks chunks;
  for (size_t at = 0; at < values.size(); at += chunk_points) {
    const size_t n = std::min(chunk_points, values.size() - at);
    chunks.values.emplace_back(values.data() + at, n);
  }
  chunks.bytes.resize(chunks.values.size());
  return chunks;
}

struct Speeds {
  double encode, decode;
};

double measure_scan(const Chunks& chunks, size_t bucket) {
  std::vector<uint32_t> ends;
  for (size_t end = bucket; end < cairn::kChunkPointsMax + bucket; end += bucket) {
    ends.push_back(static_cast<uint32_t>(std::min(end, cairn::kChunkPointsMax)));
  }
  std::vector<cairn::store::Extent> extents(ends.size());
  return mega_points_per_s(kPoints, [&] {
    for (size_t i = 0; i < chunks.bytes.size(); ++i) {
      require(cairn::store::scan_values(chunks.bytes[i], chunks.values[i].size(), ends, extents)
                  .has_value());
    }
  });
}

Speeds measure(Chunks& chunks) {
  std::vector<double> out(cairn::kChunkPointsMax);
  Speeds speeds;
  speeds.encode = mega_points_per_s(kPoints, [&] {
    for (size_t i = 0; i < chunks.values.size(); ++i) {
      chunks.bytes[i] = cairn::store::encode_values(chunks.values[i]);
    }
  });
  speeds.decode = mega_points_per_s(kPoints, [&] {
    for (size_t i = 0; i < chunks.bytes.size(); ++i) {
      require(cairn::store::decode_values(chunks.bytes[i],
                                          std::span(out).first(chunks.values[i].size()))
                  .has_value());
    }
  });
  return speeds;
}

void print_mix(const std::vector<Curve>& curves) {
  std::printf("%-16s %9s %9s %8s %8s %8s %8s\n", "curve", "B/point", "prototype", "encode",
              "decode", "scan/64", "scan/10");
  double bytes = 0, encode_s = 0, decode_s = 0, scan64_s = 0, scan10_s = 0;
  for (size_t c = 0; c < curves.size(); ++c) {
    Chunks chunks = cut(curves[c].values, cairn::kChunkPointsMax);
    const Speeds s = measure(chunks);
    const double scan64 = measure_scan(chunks, 64), scan10 = measure_scan(chunks, 10);
    const double per_point = static_cast<double>(chunks.total_bytes()) / kPoints;
    std::printf("%-16s %9.3f %9.2f %8.0f %8.0f %8.0f %8.0f\n", curves[c].name.c_str(), per_point,
                kPrototype[c], s.encode, s.decode, scan64, scan10);
    bytes += per_point;
    encode_s += 1 / s.encode;
    decode_s += 1 / s.decode;
    scan64_s += 1 / scan64;
    scan10_s += 1 / scan10;
  }
  const double n = static_cast<double>(curves.size());
  std::printf("%-16s %9.3f %9.2f %8.0f %8.0f %8.0f %8.0f  (Mpoints/s over the mix)\n", "mean",
              bytes / n, 1.48, n / encode_s, n / decode_s, n / scan64_s, n / scan10_s);
}

void print_small(const std::vector<Curve>& curves) {
  std::printf("\nbytes of a whole short series\n%-16s", "curve");
  for (const char* title : {"1", "5", "50", "200"}) std::printf(" %8s", title);
  std::printf("\n");
  for (const Curve& curve : curves) {
    std::printf("%-16s", curve.name.c_str());
    for (const size_t n : {1U, 5U, 50U, 200U}) {
      const Chunks all = cut(curve.values, n);
      size_t total = 0;
      const size_t samples = std::min<size_t>(100, all.values.size());
      for (size_t i = 0; i < samples; ++i) {
        total += cairn::store::encode_values(all.values[i]).size();
      }
      std::printf(" %8.1f", static_cast<double>(total) / static_cast<double>(samples));
    }
    std::printf("\n");
  }
}

// Runs with thousands of keys have short series: what one costs, however few its points.
void print_short_speed(const Curve& curve) {
  std::printf("\nshort series of '%s': million series/s\n%8s %8s %8s\n", curve.name.c_str(),
              "points", "encode", "decode");
  for (const size_t n : {5U, 50U, 200U}) {
    Chunks chunks = cut(curve.values, n);
    const Speeds s = measure(chunks);
    std::printf("%8zu %8.3f %8.3f\n", n, s.encode / static_cast<double>(n),
                s.decode / static_cast<double>(n));
  }
}

void print_axis_and_groups(const std::vector<Curve>& curves) {
  cairn::bench::Noise noise(7);
  std::vector<int64_t> steps, times;
  int64_t now_ms = 1'750'000'000'000;
  for (size_t i = 0; i < cairn::kChunkPointsMax; ++i) {
    steps.push_back(static_cast<int64_t>(i));
    now_ms += static_cast<int64_t>(std::round(50 * std::exp(0.05 * noise.normal())));
    times.push_back(now_ms * 1'000'000);
  }
  const std::string axis = cairn::store::encode_axis(steps, times);
  std::printf("\naxis, steps 0, 1, 2 ... and jittered ms: %.3f B/row\n",
              static_cast<double>(axis.size()) / static_cast<double>(steps.size()));
  const auto groups = cairn::store::summarise(curves[0].values);
  std::printf("level 1 of '%s': %.3f B/point\n", curves[0].name.c_str(),
              static_cast<double>(cairn::store::encode_groups(groups).size()) / kPoints);
}

}  // namespace

int main() {
  const std::vector<Curve> curves = cairn::bench::make_curves(kPoints);
  print_mix(curves);
  print_small(curves);
  print_short_speed(curves[0]);
  print_axis_and_groups(curves);
}
