// Journals and packs written by the first version of their formats must say the same for ever.
//
// tests/golden/journal_v1 and pack_v1 hold NAME.clog or packs of one run, and NAME.txt: everything
// that readers see of it. The files are never rewritten; a new version of a format gets a folder of
// its own, made by the disabled test below.
#include <fstream>
#include <iterator>

#include "ingest/testing/store_fixture.h"
#include "wire/event_codec.h"

namespace cairn::ingest {
namespace {

namespace fs = std::filesystem;
using model::Value;

const fs::path kRoot = fs::path(__FILE__).parent_path().parent_path().parent_path();

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_all(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

class GoldenTest : public StoreFixture {
 protected:
  void adopt(const fs::path& from, const std::string& folder) {
    fs::create_directories(folder);
    fs::copy_file(from, fs::path(folder) / from.filename());
  }
  // A bit of every event.
  static void fill(GivenRun& run, int64_t first_step) {
    const double odd[] = {std::bit_cast<double>(uint64_t{0x7FF8'0000'DEAD'BEEF}), -0.0, 1e300, 0.1};
    run.configures(object({{"lr", 0.05}, {"opt", object({{"name", "sgd"}})}}));
    run.captures(object({{"host", object({{"hostname", "ridge"}, {"cpu", "fast"}})}}));
    run.defines("val/*", object({{"summary", "max"}}));
    for (int64_t s = 0; s < 4; ++s)
      run.logs({"loss", "val/acc"}, first_step + s, {odd[s], static_cast<double>(s)});
    run.logs("lr", first_step + 4, 0.05).logs_system("cpu.percent", 1'700'000'000'000, 55);
    run.says("epoch 1").says_partially("10%", 1).says("100%", 1).says_partially("unfinished");
    run.records("image", first_step, object({{"type", "image"}, {"bytes", 7}}));
    run.keeps(object({{"name", "model"}, {"type", "weights"}})).loses("dropped rows", 3);
    run.summarises(object({{"best", 0.25}}));
    run.writes(model::AttributesChanged{object({{"tags", model::List{"golden"}}})});
  }
};

TEST_F(GoldenTest, JournalsOfTheFirstVersionAreReadForEver) {
  const fs::path golden = kRoot / "tests/golden/journal_v1";
  adopt(golden / "golden~1~w.clog", layout().live(kProject));
  Looker reader = a_reader();
  EXPECT_EQ(reader.everything(), read_all(golden / "golden.txt"));
}

TEST_F(GoldenTest, PacksOfTheFirstVersionAreReadForEver) {
  const fs::path golden = kRoot / "tests/golden/pack_v1";
  for (const char* pack : {"golden~1~1.cpack", "golden~1~2.cpack", "golden~2~3.cpack"})
    adopt(golden / pack, layout().packs(kProject));
  Looker reader = a_reader();
  EXPECT_EQ(reader.everything(), read_all(golden / "golden.txt"));
  EXPECT_TRUE(reader.verify().damage.empty());
}

TEST_F(GoldenTest, ArtifactsOfTheFirstVersionAreReadForEver) {
  const fs::path golden = kRoot / "tests/golden/artifacts_v1";
  adopt(golden / "golden~1~w.clog", layout().live(kProject));
  Looker reader = a_reader();
  EXPECT_EQ(reader.everything(), read_all(golden / "golden.txt"));
}

// Makes the files, and with them corpora of real bytes for the fuzz targets:
// ingest_test --gtest_also_run_disabled_tests --gtest_filter='*WriteTheFiles'
TEST_F(GoldenTest, DISABLED_WriteTheFiles) {
  // No machine's identity in files that are kept for ever.
  const auto anonymous = [](std::string bytes) {
    return bytes.replace(0, journal::kHeaderBytes, journal::encode_header({}));
  };
  {
    GivenRun run = given_run("golden");
    fill(run, 0);
    run.writes(model::RunFinished{1'800'000'000'000'000'000, 1, "ValueError: golden"});
    run.dies();
    const fs::path to = kRoot / "tests/golden/journal_v1";
    auto reader = journal::Reader::open(posix_disk(), run.path());
    ASSERT_TRUE(reader);
    journal::Frame frame;
    for (int n = 0; *(*reader)->next(frame); ++n) {
      const std::string kind(reinterpret_cast<const char*>(&frame.kind), sizeof frame.kind);
      write_all(kRoot / "fuzz/corpus/event" / fmt::format("{:02}_kind_{}", n, frame.kind),
                kind + std::string(frame.payload));
    }
    const std::string bytes = read_all(run.path());
    write_all(to / "golden~1~w.clog", anonymous(bytes.substr(0, (*reader)->offset())));
    Looker looker = a_reader();
    write_all(to / "golden.txt", looker.everything());
    ASSERT_TRUE(looker.ingest().remove(kProject, "golden", true));
  }
  {
    Looker looker = a_process();
    GivenRun run = given_run("golden");
    fill(run, 0);
    looker.looks();
    looker.writes_everything_out();
    run.logs_many("long", 100, 5000);
    run.finishes();
    looker.looks();
    GivenRun again = given_run("golden", {.session = 2, .writer = "w2"});
    fill(again, 400);
    again.finishes();
    looker.looks();
    const fs::path to = kRoot / "tests/golden/pack_v1";
    for (const std::string& pack : packs()) {
      const std::string bytes = anonymous(read_all(layout().packs(kProject) + "/" + pack));
      write_all(to / pack, bytes);
      write_all(kRoot / "fuzz/corpus/pack" / pack, bytes);
    }
    write_all(to / "golden.txt", looker.everything());
  }
}

// ingest_test --gtest_also_run_disabled_tests --gtest_filter='*WriteTheArtifacts'
TEST_F(GoldenTest, DISABLED_WriteTheArtifacts) {
  const Value digest(std::string(64, 'd')), content(std::string(64, 'c'));
  const Value file = object({{"path", "a/model.pt"}, {"sha256", content}, {"bytes", 7}});
  const Value far =
      object({{"path", "far"}, {"ref", "s3://bucket/key"}, {"checksum", "etag"}, {"bytes", 9}});
  Value made = object({{"name", "net"}, {"type", "model"}, {"sha256", digest}, {"bytes", 16}});
  made.set("aliases", model::List{"best", "latest"});
  made.set("metadata", object({{"acc", 0.5}}));
  made.set("files", model::List{file, far});
  made.set("time_ns", int64_t{1'700'000'000'000'000'000});
  GivenRun run = given_run("golden");
  run.keeps(made).keeps(object({{"name", "net"},
                                {"type", "model"},
                                {"use", true},
                                {"sha256", digest},
                                {"version", "v0"},
                                {"time_ns", int64_t{1'700'000'000'000'000'001}}}));
  run.keeps(object({{"name", "net"},
                    {"edit", true},
                    {"sha256", digest},
                    {"aliases", model::List{"old"}},
                    {"time_ns", int64_t{1'700'000'000'000'000'002}}}));
  run.keeps(object({{"name", "notes.txt"},
                    {"type", "file"},
                    {"sha256", content},
                    {"bytes", 7},
                    {"aliases", model::List{}},
                    {"files", model::List{file}}}));
  run.writes(model::RunFinished{1'800'000'000'000'000'000, 0, ""});
  const uint64_t end = run.offset();
  run.dies();
  const fs::path to = kRoot / "tests/golden/artifacts_v1";
  std::string bytes = read_all(run.path()).substr(0, end);
  write_all(to / "golden~1~w.clog",
            bytes.replace(0, journal::kHeaderBytes, journal::encode_header({})));
  Looker looker = a_reader();
  write_all(to / "golden.txt", looker.everything());
}

}  // namespace
}  // namespace cairn::ingest
