/// What only the format that a model came from knows of an element of the graph: for ONNX the fields
/// it doesn't know and which fields were present, for Keras the layer and its configuration.
///
/// A format keeps a value of its own here while reading, and finds it again when it writes. Everyone else
/// passes it on and never looks inside; two origins always compare equal, so that they don't
/// take part in comparisons.
public struct Origin: Sendable, Hashable {
    /// The value that the format keeps.
    public let payload: any Sendable

    /// Creates an origin that holds `payload`.
    public init(_ payload: some Sendable) { self.payload = payload }

    /// Always true.
    public static func == (left: Origin, right: Origin) -> Bool { true }
    /// Adds nothing.
    public func hash(into hasher: inout Hasher) {}
}
