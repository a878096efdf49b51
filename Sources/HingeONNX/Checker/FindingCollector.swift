import HingeGraph

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
        findings.append(Finding(.error, rule.rawValue, message, at: places + context))
    }

    /// Reports something that looks wrong.
    func warning(_ rule: CheckRule, _ message: String, at context: HingeError.Place...) {
        findings.append(Finding(.warning, rule.rawValue, message, at: places + context))
    }

    /// Reports an error that was thrown.
    func report(_ error: any Error, _ rule: CheckRule) {
        guard let error = error as? HingeError else {
            return self.error(rule, "\(error)")
        }
        findings.append(Finding(.error, rule.rawValue, error.message, at: places + error.context))
    }
}
