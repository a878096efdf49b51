#include "CRE2.h"

#include <new>
#include <re2/re2.h>

struct hinge_regex {
    RE2 expression;
    hinge_regex(const char *pattern, size_t length)
        : expression(re2::StringPiece(pattern, length), options()) {}

    static RE2::Options options() {
        RE2::Options options;
        options.set_log_errors(false);
        return options;
    }
};

hinge_regex *hinge_regex_create(const char *pattern, size_t length) {
    return new (std::nothrow) hinge_regex(pattern, length);
}

const char *hinge_regex_error(const hinge_regex *regex) {
    return regex->expression.ok() ? nullptr : regex->expression.error().c_str();
}

bool hinge_regex_full_match(const hinge_regex *regex, const char *text, size_t length) {
    return RE2::FullMatch(re2::StringPiece(text, length), regex->expression);
}

void hinge_regex_destroy(hinge_regex *regex) { delete regex; }
