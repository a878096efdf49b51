import HingeGraph

/// Something that is wrong with a model, or looks wrong.
public struct Finding: Sendable, Equatable {
    /// How bad it is.
    public enum Severity: String, Sendable, Codable {
        /// The model breaks a rule of the standard; runtimes reject it or give wrong results.
        case error
        /// The model is allowed, but probably not what its author meant, or not understood everywhere.
        case warning
    }

    /// How bad it is.
    public let severity: Severity
    /// The rule that is broken.
    ///
    /// Its raw value never changes, so that tools may rely on it.
    public let rule: CheckRule
    /// Where, outermost first.
    public let context: [HingeError.Place]
    /// What was expected and what was found.
    public let message: String

    /// Creates a finding.
    public init(
        _ severity: Severity, _ rule: CheckRule, _ message: String, at context: [HingeError.Place]
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
        let places = context.map(\.description).joined(separator: " › ")
        return "\(places.isEmpty ? "" : "\(places): ")\(message) [\(rule.rawValue)]"
    }
}

/// Gathers findings on the way through a model.
final class FindingCollector {
    private(set) var findings: [Finding] = []
    private var places: [HingeError.Place] = []

    /// Whether an error was found.
    var hasErrors: Bool { findings.contains { $0.severity == .error } }

    /// Runs `body`; its findings have `place` in their context.
    func within(_ place: HingeError.Place, _ body: () -> Void) {
        places.append(place)
        body()
        places.removeLast()
    }

    /// Reports a broken rule.
    func error(_ rule: CheckRule, _ message: String, at context: HingeError.Place...) {
        findings.append(Finding(.error, rule, message, at: places + context))
    }

    /// Reports something that looks wrong.
    func warning(_ rule: CheckRule, _ message: String, at context: HingeError.Place...) {
        findings.append(Finding(.warning, rule, message, at: places + context))
    }

    /// Reports an error that was thrown.
    func report(_ error: any Error, _ rule: CheckRule) {
        guard let error = error as? HingeError else {
            return self.error(rule, "\(error)")
        }
        findings.append(Finding(.error, rule, error.message, at: places + error.context))
    }
}
