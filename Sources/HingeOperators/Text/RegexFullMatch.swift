import HingeGraph

/// Whether each string matches a regular expression as a whole.
///
/// Strings that aren't UTF-8 match nothing that they aren't UTF-8 in.
///
/// Source: ONNX RegexFullMatch 20; the syntax is that of RE2.
public struct RegexFullMatch: PreparedOperator {
    /// The regular expression.
    public var pattern: String

    /// Creates the operator.
    public init(pattern: String) {
        self.pattern = pattern
    }
}

public extension RegexFullMatch {
    static let type = "RegexFullMatch"

    init(_ node: NodeReader) throws {
        pattern = try node.string("pattern") ?? ""
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.string("pattern", pattern)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        _ = try RegularExpression(pattern)
        return [.tensor(.bool, context.shape(0))]
    }

    var locality: Locality { .elementwise }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let expression = try RegularExpression(pattern)
        return { context in
            let x = try context.strings(0)
            let texts = x.elements
            let matches = try context.output(0, .bool, x.shape).elements(of: UInt8.self)
            parallelFor(texts.count, cost: 1024) { range in
                for index in range { matches[index] = expression.matches(texts[index]) ? 1 : 0 }
            }
        }
    }
}

extension EvaluationContext {
    /// The strings of the input at `index`, and its shape.
    ///
    /// - Throws: ``HingeError`` when it is absent or isn't a tensor of strings.
    func strings(_ index: Int) throws -> (elements: [ByteString], shape: [Int]) {
        let tensor = try input(index)
        guard let strings = tensor.strings else {
            throw HingeError(
                .mismatch, "expected strings as input \(index), found \(tensor.dataType)")
        }
        return (strings, tensor.shape)
    }
}

extension RegexFullMatch: UndifferentiatedOperator {
    /// Its input is text.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is text") }
}
