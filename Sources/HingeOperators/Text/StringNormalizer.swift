import Foundation
import HingeGraph

/// Takes stop words out of a list of strings, `[C]` or `[1, C]`, and brings the others to one case.
///
/// Where all are taken out, the result is one empty string. Whether a string is a stop word is told before its case is changed if
/// case matters; otherwise in upper case if that is asked for, or else in lower case. Case is changed by Unicode's rules, and
/// those of a locale.
///
/// Source: ONNX StringNormalizer 10.
public struct StringNormalizer: Operator {
    /// What becomes of the case of letters.
    public var caseChange: CaseChange
    /// Whether stop words are told by their case, too.
    public var isCaseSensitive: Bool
    /// The locale whose rules case follows, such as `tr_TR`; `en_US` if `nil`.
    public var locale: String?
    /// The strings to take out.
    public var stopWords: [String]

    /// What becomes of the case of letters.
    public enum CaseChange: String, Sendable, Hashable, CaseIterable {
        /// It stays.
        case none = "NONE"
        /// Letters become small.
        case lower = "LOWER"
        /// Letters become capital.
        case upper = "UPPER"
    }

    /// Creates the operator.
    public init(
        caseChange: CaseChange = .none, isCaseSensitive: Bool = false, locale: String? = nil,
        stopWords: [String] = []
    ) {
        self.caseChange = caseChange
        self.isCaseSensitive = isCaseSensitive
        self.locale = locale
        self.stopWords = stopWords
    }
}

public extension StringNormalizer {
    static let type = "StringNormalizer"

    init(_ node: NodeReader) throws {
        caseChange = try node.word("case_change_action", default: .none)
        isCaseSensitive = try node.flag("is_case_sensitive", default: false)
        locale = try node.string("locale")
        stopWords = try node.strings("stopwords") ?? []
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                .string("case_change_action", caseChange.rawValue),
                .int("is_case_sensitive", isCaseSensitive ? 1 : 0),
            ] + (locale.map { [.string("locale", $0)] } ?? [])
                + (stopWords.isEmpty ? [] : [.strings("stopwords", stopWords)]))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard var shape = context.shape(0) else { return [.tensor(.string, nil)] }
        try check(shape)
        if !stopWords.isEmpty || shape[shape.rank - 1].extent ?? 0 == 0 {
            shape[shape.rank - 1] = .unknown
        }
        return [.tensor(.string, shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .among(stopWords.map { ByteString($0) })]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.strings(0)
        try check(Shape(x.shape))
        let rules = Locale(identifier: String((locale ?? "en_US").prefix { $0 != "." }))
        let compared: CaseChange =
            isCaseSensitive ? .none : caseChange == .upper ? .upper : .lower
        let stops = Set(stopWords.map { ByteString(compared.changed($0, rules)) })
        let isRead = caseChange != .none || !isCaseSensitive && !stops.isEmpty
        var kept: [ByteString] = []
        for (index, string) in x.elements.enumerated() {
            guard isRead else {
                if !stops.contains(string) { kept.append(string) }
                continue
            }
            guard let text = string.text else {
                throw HingeError(
                    .mismatch, "expected strings in UTF-8, found other bytes as element \(index)")
            }
            if !stops.isEmpty, stops.contains(ByteString(compared.changed(text, rules))) {
                continue
            }
            kept.append(ByteString(caseChange.changed(text, rules)))
        }
        if kept.isEmpty { kept = [""] }
        context.set(
            0, try Tensor(strings: kept, shape: Array(x.shape.dropLast()) + [kept.count]))
    }

    private func check(_ shape: Shape) throws {
        let isList = shape.rank == 1 || shape.rank == 2 && shape[0].extent ?? 1 == 1
        guard isList else {
            throw HingeError(.mismatch, "expected strings [C] or [1, C], found \(shape)")
        }
    }
}

extension StringNormalizer.CaseChange {
    /// A text in this case.
    fileprivate func changed(_ text: String, _ locale: Locale) -> String {
        switch self {
        case .none: text
        case .lower: text.lowercased(with: locale)
        case .upper: text.uppercased(with: locale)
        }
    }
}

extension StringNormalizer: UndifferentiatedOperator {
    /// Its input is text.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is text") }
}
