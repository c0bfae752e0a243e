// What parentheses and commas mean nothing, and how tokens are printed in one line.
#pragma once

#include <span>
#include <string>

#include "trace/python_token.h"

namespace cairn::trace {

// Turns into kDropped, where the syntax tree is the same without them: parentheses around what
// binds tighter than its neighbours, those of "from m import (a)" and "class A():", tuples' own
// where a bare tuple may stand, and a comma before a closing bracket. What it is not sure of stays.
void drop_redundant(std::span<Token> tokens);

// The tokens of one statement, one space between them.
void append_tokens(std::span<const Token> tokens, std::string& out);

}  // namespace cairn::trace
