#!/usr/bin/env python3
"""Trains the digits network in Keras and writes it in every form that Keras has. Run by `./dev fixtures`.

The data are scikit-learn's `load_digits`: 1,797 real 8x8 scans of handwritten digits, 1,437 to train on and 360 to test.
The network is small and uses every activation that Hinge began with: LeakyReLU, PReLU, ELU, ReLU, softmax.

    digits.h5                      legacy whole model
    digits.keras                   Keras 3 archive
    digits.weights.h5, digits.json weights, and the network's configuration
    digits.npz                     in_0: the test images, float32 [360, 8, 8, 1] in 0...1; labels; out_0: Keras's outputs
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow
from keras import layers

from data import EPOCHS, REQUIRED_ACCURACY, SEED, load

HERE = pathlib.Path(__file__).resolve().parent


def network():
    return keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, padding="same", use_bias=False, name="conv1"),
            layers.BatchNormalization(name="norm1"),
            layers.LeakyReLU(negative_slope=0.1, name="leaky_relu"),
            layers.Conv2D(32, 3, padding="same", name="conv2"),
            layers.BatchNormalization(name="norm2"),
            layers.PReLU(shared_axes=[1, 2], name="prelu"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(32, 3, padding="same", name="conv3"),
            layers.ELU(alpha=0.8, name="elu"),
            layers.Dropout(0.3, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, name="dense1"),
            layers.ReLU(name="relu"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )


def main():
    keras.utils.set_random_seed(SEED)
    tensorflow.config.experimental.enable_op_determinism()
    (train_images, train_labels), (test_images, test_labels) = load()
    model = network()
    steps = EPOCHS * -(-len(train_images) // 64)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(train_images, train_labels, batch_size=64, epochs=EPOCHS, verbose=0)

    outputs = np.asarray(model(test_images, training=False), np.float32)
    accuracy = float((outputs.argmax(1) == test_labels).mean())
    print(f"Keras {keras.__version__}: {accuracy:.2%} of the {len(test_labels)} test images")
    if accuracy < REQUIRED_ACCURACY:
        raise SystemExit(f"too few: {REQUIRED_ACCURACY:.0%} are needed")

    # What only training needs (the optimizer's state) is left out.
    model.save(HERE / "digits.h5", include_optimizer=False)
    trained = network()
    trained.set_weights(model.get_weights())
    trained.save(HERE / "digits.keras")
    trained.save_weights(HERE / "digits.weights.h5")
    (HERE / "digits.json").write_text(trained.to_json(indent=2) + "\n")
    np.savez_compressed(HERE / "digits.npz", in_0=test_images, labels=test_labels, out_0=outputs)


if __name__ == "__main__":
    main()
