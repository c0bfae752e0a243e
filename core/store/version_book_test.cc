// Rules of the book of versions: a number that was answered is never another's.
#include "store/version_book.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/testing/fake_disk.h"

namespace cairn::store {
namespace {

constexpr char kPath[] = "/store/versions.clog";

std::string digest(char digit) { return std::string(64, digit); }

class VersionBookTest : public testing::Test {
 protected:
  VersionBookTest() { EXPECT_TRUE(x_disk.make_dirs("/store")); }

  using Numbers = std::vector<uint32_t>;
  static Numbers ask(VersionBook& book, const std::string& name, const std::string& digits) {
    std::vector<std::string> digests;
    for (const char digit : digits) digests.push_back(digest(digit));
    std::vector<ArtifactContent> contents;
    for (const std::string& sha256 : digests) contents.push_back({name, sha256});
    const auto numbers = book.number(contents);
    EXPECT_TRUE(numbers) << numbers.error().message();
    return numbers.value_or(Numbers());
  }
  // As a process that has just been started sees it.
  Numbers ask_afresh(const std::string& name, const std::string& digits) {
    VersionBook book(x_disk, kPath);
    return ask(book, name, digits);
  }

  FakeDisk x_disk;
};

TEST_F(VersionBookTest, NumbersAreGivenInTheOrderOfTheFirstLook) {
  EXPECT_EQ(ask_afresh("net", "ab"), (Numbers{0, 1}));
  EXPECT_EQ(ask_afresh("data", "a"), Numbers{0});
  EXPECT_EQ(ask_afresh("net", "ca"), (Numbers{2, 0}));
  EXPECT_EQ(ask_afresh("net", "dd"), (Numbers{3, 3}));
}

TEST_F(VersionBookTest, AContentThatArrivesLateComesBehindThoseThatWereSeen) {
  EXPECT_EQ(ask_afresh("net", "bc"), (Numbers{0, 1}));
  EXPECT_EQ(ask_afresh("net", "abc"), (Numbers{2, 0, 1}));
  EXPECT_EQ(ask_afresh("net", "bd"), (Numbers{0, 3})) << "c went with its run; its number did not";
}

TEST_F(VersionBookTest, ProcessesThatLookInTurnAgree) {
  VersionBook one(x_disk, kPath), two(x_disk, kPath);
  EXPECT_EQ(ask(one, "net", "a"), Numbers{0});
  EXPECT_EQ(ask(two, "net", "b"), Numbers{1});
  EXPECT_EQ(ask(one, "net", "cb"), (Numbers{2, 1}));
  EXPECT_EQ(ask(two, "net", "abc"), (Numbers{0, 1, 2}));
}

TEST_F(VersionBookTest, WhereNothingCanBeWrittenNumbersAreThoseThatWouldBeGiven) {
  EXPECT_EQ(ask_afresh("net", "a"), Numbers{0});
  x_disk.set_read_only(true);
  VersionBook book(x_disk, kPath);
  EXPECT_EQ(ask(book, "net", "ab"), (Numbers{0, 1}));
  x_disk.set_read_only(false);
  EXPECT_EQ(ask_afresh("net", "c"), Numbers{1});
  EXPECT_EQ(ask(book, "net", "abc"), (Numbers{0, 2, 1})) << "what was not written was not given";
}

TEST_F(VersionBookTest, AnAnsweredNumberSurvivesAPowerCutAfterAnyWrite) {
  for (uint64_t stop = 0;; ++stop) {
    FakeDisk disk;
    ASSERT_TRUE(disk.make_dirs("/store"));
    VersionBook before(disk, kPath);
    ASSERT_EQ(ask(before, "net", "a"), Numbers{0});
    disk.stop_after(stop);
    const Numbers given = ask(before, "net", "abc");
    if (!disk.stopped()) break;
    for (const Crash policy : {Crash::kLost, Crash::kKept, Crash::kTorn}) {
      const auto booted = disk.crash(policy, stop);
      VersionBook after(*booted, kPath);
      EXPECT_EQ(ask(after, "net", "a"), Numbers{0});
      EXPECT_EQ(ask(after, "net", "cb").size(), 2u);
      EXPECT_EQ(*after.damaged_bytes(), 0u);
    }
    ASSERT_LT(stop, 100u);
  }
}

TEST_F(VersionBookTest, DamageIsSteppedOverAndCounted) {
  EXPECT_EQ(ask_afresh("net", "abc"), (Numbers{0, 1, 2}));
  std::string bytes = x_disk.content(kPath);
  bytes[journal::kHeaderBytes + 130] ^= 1;  // within the second frame
  x_disk.set_content(kPath, bytes);
  VersionBook book(x_disk, kPath);
  EXPECT_GT(*book.damaged_bytes(), 0u);
  EXPECT_EQ(ask(book, "net", "acb"), (Numbers{0, 2, 3})) << "a lost number is not given again";
}

TEST_F(VersionBookTest, AFileOfSomethingElseIsRefused) {
  x_disk.set_content(kPath, std::string(500, 'x'));
  VersionBook book(x_disk, kPath);
  const std::string sha256 = digest('a');
  const auto numbers = book.number(std::vector<ArtifactContent>{{"net", sha256}});
  ASSERT_FALSE(numbers);
  EXPECT_EQ(numbers.error().code(), Code::kCorrupt);
}

// The golden stays for ever: a new version of the format gets a golden of its own.
std::filesystem::path golden() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "tests" /
         "golden" / "versions_v1.clog";
}

TEST_F(VersionBookTest, BooksOfTheFirstVersionAreReadForEver) {
  const auto bytes = read_file(posix_disk(), golden().string(), 1 << 20);
  ASSERT_TRUE(bytes) << bytes.error().message();
  x_disk.set_content(kPath, *bytes);
  EXPECT_EQ(ask_afresh("net", "cab"), (Numbers{2, 0, 1}));
  EXPECT_EQ(ask_afresh("data.set", "a"), Numbers{0});
  EXPECT_EQ(x_disk.content(kPath), *bytes) << "all was known: nothing was written";
}

// store_test --gtest_also_run_disabled_tests --gtest_filter='*WriteTheGoldenBook'
TEST_F(VersionBookTest, DISABLED_WriteTheGoldenBook) {
  ask_afresh("net", "abc");
  ask_afresh("data.set", "a");
  std::string bytes = x_disk.content(kPath);  // without this machine's identity
  bytes.replace(0, journal::kHeaderBytes, journal::encode_header({}));
  ASSERT_TRUE(write_file_atomically(posix_disk(), golden().string(), bytes));
}

}  // namespace
}  // namespace cairn::store
