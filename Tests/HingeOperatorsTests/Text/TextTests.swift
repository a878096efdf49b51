import HingeGraph
import Testing

@testable import HingeOperators

@Suite("Text")
struct TextTests {
    private static func strings(_ texts: [String], _ shape: [Int]? = nil) throws -> Tensor {
        try Tensor(strings: texts.map { ByteString($0) }, shape: shape ?? [texts.count])
    }

    private static func texts(_ tensor: Tensor?) -> [String]? {
        tensor?.strings?.map(\.description)
    }

    @Test("Strings join as shapes broadcast")
    func concat() throws {
        let left = try TextTests.strings(["a", "b"], [2, 1])
        let right = try TextTests.strings(["x", "", "ß"])
        let y = try OperatorHarness.value(StringConcat(), left, right)
        #expect(y.shape == [2, 3])
        #expect(TextTests.texts(y) == ["ax", "a", "aß", "bx", "b", "bß"])
        let none = try TextTests.strings([], [0])
        #expect(try OperatorHarness.value(StringConcat(), left, none).shape == [2, 0])
    }

    struct Cut: Sendable {
        var split: StringSplit
        var text: String
        var parts: [String]
    }

    /// What the standard says; Python's `str.split` agrees but for the white space at the ends of "c d ".
    static let cuts = [
        Cut(split: StringSplit(delimiter: ","), text: "a,b,,c", parts: ["a", "b", "", "c"]),
        Cut(split: StringSplit(delimiter: ",", limit: 1), text: "a,b,,c", parts: ["a", "b,,c"]),
        Cut(split: StringSplit(delimiter: "ab"), text: "aababa", parts: ["a", "", "a"]),
        Cut(split: StringSplit(delimiter: ","), text: "", parts: [""]),
        Cut(split: StringSplit(delimiter: ","), text: ",", parts: ["", ""]),
        Cut(
            split: StringSplit(), text: "  a\t\nb c\u{a0}d\u{2003}é ",
            parts: ["a", "b", "c", "d", "é"]),
        Cut(split: StringSplit(limit: 1), text: " a  b  c d ", parts: ["a", "b  c d"]),
        Cut(split: StringSplit(limit: 0), text: " a b ", parts: ["a b"]),
        Cut(split: StringSplit(), text: "", parts: []),
        Cut(split: StringSplit(), text: " \u{3000} ", parts: []),
    ]

    @Test(arguments: cuts) func split(_ cut: Cut) throws {
        let x = try TextTests.strings(["", cut.text], [1, 2])
        let y = try OperatorHarness.evaluate(cut.split, [x], outputs: 2)
        let empty = cut.split.delimiter.isEmpty ? 0 : 1
        let width = max(cut.parts.count, empty)
        #expect(y[0]?.shape == [1, 2, width])
        let padding = [String](repeating: "", count: width)
        #expect(TextTests.texts(y[0]) == padding + (cut.parts + padding).prefix(width))
        #expect(y[1] == Tensor([Int64(empty), Int64(cut.parts.count)], shape: [1, 2]))
    }

    struct Normalization: Sendable {
        var normalizer: StringNormalizer
        var expected: [String]
    }

    /// By Unicode's rules of case: the capital of ß is SS, and Turkish has a capital of i with a dot.
    static let normalizations = [
        Normalization(
            normalizer: StringNormalizer(), expected: ["Monday", "tuesday", "monday", "", "straße"]),
        Normalization(
            normalizer: StringNormalizer(stopWords: ["MONDAY"]),
            expected: ["tuesday", "", "straße"]),
        Normalization(
            normalizer: StringNormalizer(isCaseSensitive: true, stopWords: ["monday", ""]),
            expected: ["Monday", "tuesday", "straße"]),
        Normalization(
            normalizer: StringNormalizer(caseChange: .upper, stopWords: ["STRASSE"]),
            expected: ["MONDAY", "TUESDAY", "MONDAY", ""]),
        Normalization(
            normalizer: StringNormalizer(
                caseChange: .lower, isCaseSensitive: true, stopWords: ["Monday", "TUESDAY"]),
            expected: ["tuesday", "monday", "", "straße"]),
        Normalization(
            normalizer: StringNormalizer(stopWords: ["monday", "tuesday", "", "STRAßE"]),
            expected: [""]),
    ]

    @Test(arguments: normalizations) func normalize(_ sample: Normalization) throws {
        let words = ["Monday", "tuesday", "monday", "", "straße"]
        let y = try OperatorHarness.value(sample.normalizer, TextTests.strings(words))
        #expect(TextTests.texts(y) == sample.expected)
        let row = try OperatorHarness.value(sample.normalizer, TextTests.strings(words, [1, 5]))
        #expect(row.shape == [1, sample.expected.count])
        let node = try Speller.spell(
            sample.normalizer, opset: 10, inputs: ["x"], outputs: ["y"], isTaken: { _ in false }
        ).nodes[0]
        let read = try OperatorHarness.read(node, opset: 10)
        #expect(read as? StringNormalizer == sample.normalizer)
    }

    @Test("Case follows the locale")
    func locale() throws {
        let x = try TextTests.strings(["istanbul"])
        for (locale, expected) in [
            ("tr_TR.UTF-8", "İSTANBUL"), ("en_US", "ISTANBUL"), (nil, "ISTANBUL"),
        ] {
            let normalizer = StringNormalizer(caseChange: .upper, locale: locale)
            #expect(TextTests.texts(try OperatorHarness.value(normalizer, x)) == [expected])
        }
    }

    @Test("Bytes that aren't UTF-8 have no case")
    func bytes() throws {
        let x = try Tensor(strings: [ByteString(bytes: [0xff])], shape: [1])
        #expect(try OperatorHarness.value(StringNormalizer(), x) == x)
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(StringNormalizer(caseChange: .upper), x)
        }
        #expect(error?.message == "expected strings in UTF-8, found other bytes as element 0")
    }

    @Test("Regular expressions match whole strings")
    func regex() throws {
        let x = try TextTests.strings(["abc", "ab", "", "Größe", "a\nb"], [5, 1])
        for (pattern, expected) in [
            ("[a-c]+", [true, true, false, false, false]),
            ("a.*", [true, true, false, false, false]),
            ("(?s)a.*", [true, true, false, false, true]),
            ("", [false, false, true, false, false]),
            (#"\pL+"#, [true, true, false, true, false]),
            (".{5}", [false, false, false, true, false]),
            ("ab|abc", [true, true, false, false, false]),
        ] {
            let y = try OperatorHarness.value(RegexFullMatch(pattern: pattern), x)
            #expect(y == Tensor(expected, shape: [5, 1]), "\(pattern)")
        }
    }

    /// Would take 2^40 steps, or as many bytes, where an expression is tried out or unrolled.
    @Test("Regular expressions take bounded time and memory")
    func boundedRegex() throws {
        let x = try TextTests.strings([String(repeating: "a", count: 4000) + "b"])
        let y = try OperatorHarness.value(RegexFullMatch(pattern: "(a|a|aa)*(a*)*c"), x)
        #expect(y == Tensor([false], shape: [1]))
        for (pattern, message) in [
            ("(((a{100}){100}){100}){100}", "invalid repetition size: {100}"),
            ("a(", "missing ): a("), (#"(a)\1"#, #"invalid escape sequence: \1"#),
        ] {
            let error = #expect(throws: HingeError.self) {
                try OperatorHarness.value(RegexFullMatch(pattern: pattern), x)
            }
            #expect(
                error?.description == "attribute 'pattern': expected a regular expression of RE2, "
                    + "found '\(pattern)': \(message)")
        }
    }

    /// The expected values come from ONNX Runtime 1.32.
    @Test(
        "n-grams",
        arguments: [
            (.count, 0, [0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0]),
            (.count, 2, [0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1]),
            (.weightOfPresent, 0, [0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 7, 5, 0]),
            (.weightOfPresent, 2, [0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 7, 5, 6]),
            (.weightedCount, 0, [0, 6, 0, 0, 0, 0, 0, 3, 0, 0, 0, 7, 5, 0]),
            (.weightedCount, 2, [0, 6, 0, 0, 0, 0, 0, 3, 0, 0, 0, 7, 5, 6]),
        ] as [(TfIdfVectorizer.Mode, Int, [Float])])
    func ngrams(_ mode: TfIdfVectorizer.Mode, _ skips: Int, _ expected: [Float]) throws {
        let tokens = [1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8]
        let pool = [2, 3, 5, 4, 5, 6, 7, 8, 6, 7]
        var vectorizer = TfIdfVectorizer(
            mode: mode, lengths: 1...2, maxSkipCount: skips, pool: .integers(pool),
            starts: [0, 4], places: [3, 1, 0, 2, 5, 6, 4], weights: [0.5, 2, 3, 4, 5, 6, 7])
        let y = try OperatorHarness.value(
            vectorizer, Tensor(tokens.map { Int32($0) }, shape: [2, 6]))
        #expect(y == Tensor(expected, shape: [2, 7]))
        vectorizer.pool = .strings(pool.map { "\($0)" })
        let words = try TextTests.strings(tokens.map { "\($0)" }, [2, 6])
        #expect(try OperatorHarness.value(vectorizer, words) == y)
        let node = try Speller.spell(
            vectorizer, opset: 9, inputs: ["x"], outputs: ["y"], isTaken: { _ in false }
        ).nodes[0]
        #expect(try OperatorHarness.read(node, opset: 9) as? TfIdfVectorizer == vectorizer)
    }

    @Test("Pools that aren't ones of n-grams are refused")
    func pools() throws {
        func message(starts: [Int], places: [Int], pool: [Int]) -> String? {
            let vectorizer = TfIdfVectorizer(
                lengths: 1...2, pool: .integers(pool), starts: starts, places: places)
            return #expect(throws: HingeError.self) {
                try OperatorHarness.value(vectorizer, Tensor.ints(1, 2))
            }?.description
        }
        #expect(
            message(starts: [0, 1], places: [0, 1], pool: [1, 2, 3, 4])
                == "attribute 'ngram_counts': expected 2-grams from token 1 to before 4 of 4")
        #expect(
            message(starts: [0], places: [0, 1, 2], pool: [1, 2])
                == "attribute 'ngram_indexes': expected a place of each n-gram, found 3")
        #expect(
            message(starts: [0], places: [0, 1], pool: [1, 1])
                == "attribute 'ngram_counts': expected n-grams that differ, found number 1 again")
    }
}
