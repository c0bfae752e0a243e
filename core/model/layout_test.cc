// Rules of the file names in a store.
#include "model/layout.h"

#include <gtest/gtest.h>

namespace cairn::model {
namespace {

TEST(Layout, AJournalNameReadsBackAsItWasPrinted) {
  const auto name = parse_journal_name(print_journal_name({"run.1-a", 12, "w7"}));
  ASSERT_TRUE(name);
  EXPECT_EQ(name->run, "run.1-a");
  EXPECT_EQ(name->session, 12);
  EXPECT_EQ(name->writer, "w7");
}

TEST(Layout, APackNameReadsBackAsItWasPrinted) {
  const auto name = parse_pack_name(print_pack_name({"r", 3, 2}));
  ASSERT_TRUE(name);
  EXPECT_EQ(name->session, 3);
  EXPECT_EQ(name->segment, 2);
}

TEST(Layout, StrangersAreNoNamesOfOurs) {
  for (const char* bad : {"", "a.clog", "a~1.clog", "a~0~w.clog", "a~-1~w.clog", "a~1~w.txt",
                          "../a~1~w.clog", "a~1x~w.clog", "~1~w.clog"})
    EXPECT_FALSE(parse_journal_name(bad)) << bad;
  for (const char* bad : {"a~1.cpack", "a~1~0.cpack", "a~1~1.clog", "a~1~1~1.cpack"})
    EXPECT_FALSE(parse_pack_name(bad)) << bad;
}

}  // namespace
}  // namespace cairn::model
