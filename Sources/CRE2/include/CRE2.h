#ifndef CRE2_H
#define CRE2_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled regular expression of the library RE2.
typedef struct hinge_regex hinge_regex;

/// Compiles an expression in RE2's syntax, over UTF-8. Never NULL but when there is no memory; what is wrong with the expression,
/// hinge_regex_error says. Several threads may match with it at the same time.
hinge_regex *hinge_regex_create(const char *pattern, size_t length);

/// What is wrong with the expression, or NULL. It lives as long as the expression.
const char *hinge_regex_error(const hinge_regex *regex);

/// Whether the whole text matches, in time linear in its length and in bounded memory. The expression must have no error.
bool hinge_regex_full_match(const hinge_regex *regex, const char *text, size_t length);

void hinge_regex_destroy(hinge_regex *regex);

#ifdef __cplusplus
}
#endif

#endif
