/// Something that is wrong with a model, or looks wrong.
public struct Finding: Sendable, Equatable {
    /// How bad it is.
    public enum Severity: String, Sendable, Codable {
        /// The model breaks a rule of the format, or can't be expressed in it; readers reject it or give wrong results.
        case error
        /// The model is allowed, but probably not what its author meant, or not understood everywhere.
        case warning
    }

    /// How bad it is.
    public let severity: Severity
    /// The id of the rule that is broken: `undefined-value`.
    ///
    /// It never changes, so that tools may rely on it.
    public let rule: String
    /// Where, outermost first.
    public let context: [HingeError.Place]
    /// What was expected and what was found.
    public let message: String

    /// Creates a finding.
    public init(
        _ severity: Severity, _ rule: String, _ message: String, at context: [HingeError.Place] = []
    ) {
        self.severity = severity
        self.rule = rule
        self.context = context
        self.message = message
    }
}

extension Finding: CustomStringConvertible {
    /// The finding in one line: `graph 'g' › node 'a' (Relu): the input 'x' is no value [undefined-value]`.
    public var description: String {
        "\(text) [\(rule)]"
    }

    /// Where, and what was expected and found: the finding without its rule.
    public var text: String {
        let places = context.map(\.description).joined(separator: " › ")
        return places.isEmpty ? message : "\(places): \(message)"
    }

    /// The finding that an error stands in the way of writing a model.
    package init(_ error: HingeError, rule: String) {
        self.init(.error, rule, error.message, at: error.context)
    }
}
