import HingeGraph

extension Session.Options {
    /// With how many bits a model of type float32 is computed.
    ///
    /// What is asked for is allowed, not forced: a step computes in float32 wherever that is as fast, such as all of
    /// them on a processor without instructions for fewer bits. Inputs and outputs are what the model says; sums are of
    /// float32. NaN, infinities and numbers near the largest float32 are computed in float32, whole runs of them.
    public enum Precision: Sendable, Hashable {
        /// Each step is as accurate as float32.
        case float32
        /// Products, convolutions and what is between them may take and give bfloat16 numbers, of 8 bits of precision.
        case bfloat16
        /// The same with float16, of 11 bits. oneDNN 2 computes nothing in it on a processor, and what oneDNN 3 does isn't
        /// used: so far this is float32.
        case float16
        /// As many steps as possible with numbers of fewer bits, such that no output's relative L2 error, against float32,
        /// is above a bound.
        ///
        /// Compiling measures that on two sets of made-up inputs, those of ``InputGenerator`` for the seeds 0 and 1. Of a
        /// model that doesn't keep to the bound, the steps that contribute most return to float32, until it does;
        /// ``Session/measuredRelativeL2`` is what is left. On other inputs the error may be larger. With a bound of 0, every step
        /// is what it is in float32. Bodies of control flow, and what is behind a data-dependent shape, remain float32,
        /// and so does all of a model that can't be run on made-up inputs.
        case automatic(relativeL2: Double)
    }
}

extension Session.Options {
    /// The options of programs whose steps nobody chooses for: bodies, and what is planned in the course of a run.
    var forInnerPrograms: Session.Options {
        guard case .automatic = precision else { return self }
        var options = self
        options.precision = .float32
        return options
    }
}

extension Session {
    /// The largest relative L2 error of an output that compiling with ``Options/Precision/automatic(relativeL2:)`` has
    /// measured; 0 where all steps are of float32, `nil` with any other precision.
    public var measuredRelativeL2: Double? { (engine as? FastEngine)?.measuredRelativeL2 }
}
