import HingeGraph
import HingeONNX

/// Checks models against the ONNX standard.
public enum ModelCheck {
    /// Something that the standard forbids, or that is suspicious.
    public struct Finding: Sendable, Codable {
        /// The stable name of the rule.
        public var rule: String
        /// Whether the model breaks the standard; otherwise it is a warning.
        public var isError: Bool
        /// Where, and what was expected and found.
        public var text: String
    }

    /// All findings about a model, in the order of the graph.
    public static func run(_ model: Model) -> [Finding] {
        let guesses = model.warnings.map {
            Finding(rule: "reading", isError: false, text: $0)
        }
        return guesses
            + ModelChecker.check(model).map { finding in
                let places = finding.context.map(\.description).joined(separator: " › ")
                return Finding(
                    rule: finding.rule.rawValue, isError: finding.severity == .error,
                    text: places.isEmpty ? finding.message : "\(places): \(finding.message)")
            }
    }
}
