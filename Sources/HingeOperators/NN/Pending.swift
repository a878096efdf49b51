import HingeGraph

public extension AveragePool {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "AveragePool is not evaluated yet")
    }
}
public extension BatchNormalization {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "BatchNormalization is not evaluated yet")
    }
}
public extension Conv {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "Conv is not evaluated yet")
    }
}
public extension ConvTranspose {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "ConvTranspose is not evaluated yet")
    }
}
public extension Gemm {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "Gemm is not evaluated yet")
    }
}
public extension GlobalAveragePool {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "GlobalAveragePool is not evaluated yet")
    }
}
public extension GlobalLpPool {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "GlobalLpPool is not evaluated yet")
    }
}
public extension GlobalMaxPool {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "GlobalMaxPool is not evaluated yet")
    }
}
public extension GroupNormalization {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "GroupNormalization is not evaluated yet")
    }
}
public extension InstanceNormalization {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "InstanceNormalization is not evaluated yet")
    }
}
public extension LRN {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "LRN is not evaluated yet")
    }
}
public extension LayerNormalization {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "LayerNormalization is not evaluated yet")
    }
}
public extension LpNormalization {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "LpNormalization is not evaluated yet")
    }
}
public extension LpPool {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "LpPool is not evaluated yet")
    }
}
public extension MatMul {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "MatMul is not evaluated yet")
    }
}
public extension MaxPool {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "MaxPool is not evaluated yet")
    }
}
public extension MeanVarianceNormalization {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "MeanVarianceNormalization is not evaluated yet")
    }
}
public extension RMSNormalization {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "RMSNormalization is not evaluated yet")
    }
}
public extension GRU {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "GRU is not evaluated yet")
    }
}
public extension LSTM {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "LSTM is not evaluated yet")
    }
}
public extension RNN {
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(.unsupported, "RNN is not evaluated yet")
    }
}
