import HingeGraph

/// How a tensor's elements were spelled, and what else of its message the graph can't express.
struct TensorOrigin: Sendable {
    /// Where the elements stand.
    enum Form: Sendable {
        /// In `raw_data`.
        case raw
        /// In the list that the element type asks for.
        case typed
        /// In another file, which these entries name.
        case external(Metadata)
    }

    var form: Form
    /// The entries of `int32_data`, when they are not what the elements would be written as.
    var exactElements: [Int32] = []
    /// The rest.
    var message: ONNXOrigin

    /// The origin as an element of the graph keeps it; `nil` when the tensor is written as any other.
    var boxed: Origin? {
        if case .raw = form, exactElements.isEmpty, message.isEmpty { return nil }
        return Origin(self)
    }

    init(form: Form, message: ONNXOrigin) {
        self.form = form
        self.message = message
    }

    /// The origin that a tensor keeps, or that of a tensor that does not come from ONNX.
    init(_ origin: Origin?) {
        self = origin?.payload as? TensorOrigin ?? TensorOrigin(form: .raw, message: ONNXOrigin())
    }
}
