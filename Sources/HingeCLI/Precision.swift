import ArgumentParser
import Hinge

/// The precision that a command's session computes with.
struct PrecisionOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            What the fast engine may compute float32 with: float32, bfloat16 or float16 (default: float32). Faster \
            where the processor has instructions for it; where it hasn't, float32 it is. With auto:1e-3, each step has \
            fewer bits only as far as the relative L2 error of the outputs, measured on made-up inputs, is at most that.
            """,
            valueName: "type"))
    var precision: Session.Options.Precision = .float32
}

extension Session.Options.Precision: ExpressibleByArgument {
    /// Reads a precision as it is written on a command line.
    public init?(argument: String) {
        switch argument {
        case "float32": self = .float32
        case "bfloat16": self = .bfloat16
        case "float16": self = .float16
        default:
            guard argument.hasPrefix("auto:"), let bound = Double(argument.dropFirst(5)),
                bound >= 0, bound.isFinite
            else { return nil }
            self = .automatic(relativeL2: bound)
        }
    }

    /// The precision as it is written on a command line.
    public var defaultValueDescription: String {
        switch self {
        case .float32: "float32"
        case .bfloat16: "bfloat16"
        case .float16: "float16"
        case .automatic(let bound): "auto:\(bound)"
        }
    }

    /// The names that a command line takes.
    public static var allValueStrings: [String] { ["float32", "bfloat16", "float16", "auto:1e-3"] }
}
