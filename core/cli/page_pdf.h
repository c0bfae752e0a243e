// A PDF of a page, by a program of the machine that makes such files.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace cairn::cli {

// Of a LaTeX document with pdflatex or tectonic, else of a HTML page with weasyprint; only the form
// that is needed is asked for. NotFound says what to install.
using PageForm = std::function<Result<std::string>(const std::string& format)>;  // "tex", "html"
Result<std::string> make_pdf(const PageForm& form);

}  // namespace cairn::cli
